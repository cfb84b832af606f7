#include "tse/data/data.h"

#include "tse/data/cifar.h"
#include "tse/data/configured.h"
#include "tse/data/fashion_mnist.h"
#include "tse/data/flowers102.h"
#include "tse/data/image_folder.h"
#include "tse/data/imagenet16.h"
#include "tse/data/svhn.h"
#include "tse/data/synthetic.h"

namespace tse {

const Registry<std::shared_ptr<const Data>>& data_sets() {
  static const Registry<std::shared_ptr<const Data>> table(
      "data", {data_entry<FashionMnist>(), data_entry<Cifar10>(), data_entry<Cifar100>(), data_entry<ImageNet16>(),
               data_entry<Flowers102>(), data_entry<Svhn>(), data_entry<ImageFolder>(), data_entry<Synthetic>()});
  return table;
}

std::shared_ptr<const Data> make_data(std::string_view text) { return data_sets().make(text); }

}  // namespace tse
