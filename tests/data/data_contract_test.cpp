// The contract of every data set in the registry. A new one needs a line in `example` that says how to make a small
// one.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/data/data.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::string idx_file(std::initializer_list<int> sizes, std::size_t bytes) {
  std::string text{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const int size : sizes) text += {'\0', '\0', static_cast<char>(size >> 8), static_cast<char>(size)};
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(sizes.size() == 1 ? i % 10 : i % 251);
  return text;
}

std::string cifar_file(int records, int label_bytes) {
  std::string text;
  for (int r = 0; r < records; ++r) {
    text.append(static_cast<std::size_t>(label_bytes), static_cast<char>(r % 10));
    for (int k = 0; k < 3072; ++k) text += static_cast<char>((r * 7 + k) % 251);
  }
  return text;
}

/// Copies one of those that make_small_sets.py made, beside this file.
void copy_small_set(const std::string& name, const TempFolder& folder) {
  fs::copy(fs::path(TSE_SOURCE) / "tests/data/small_sets" / name, folder.path());
}

/// Writes a small data set of this kind to the folder; returns the string that names it.
std::string example(const std::string& name, const TempFolder& folder) {
  const std::string dir = "dir=" + folder.path().string();
  if (name == "fashion-mnist") {
    folder.write("train-images-idx3-ubyte", idx_file({20, 28, 28}, 20 * 784));
    folder.write("train-labels-idx1-ubyte", idx_file({20}, 20));
    folder.write("t10k-images-idx3-ubyte", idx_file({10, 28, 28}, 10 * 784));
    folder.write("t10k-labels-idx1-ubyte", idx_file({10}, 10));
    return name + ":" + dir;
  }
  if (name == "cifar10") {
    for (const char* batch : {"1", "2", "3", "4", "5"})
      folder.write(std::string("data_batch_") + batch + ".bin", cifar_file(4, 1));
    folder.write("test_batch.bin", cifar_file(10, 1));
    return name + ":" + dir;
  }
  if (name == "cifar100") {
    folder.write("train.bin", cifar_file(20, 2));
    folder.write("test.bin", cifar_file(10, 2));
    return name + ":" + dir;
  }
  if (name == "imagenet16-120" || name == "svhn") {
    copy_small_set(name, folder);
    return name + ":" + dir;
  }
  if (name == "flowers102") {
    copy_small_set(name, folder);
    fs::create_directories(folder.path() / "jpg");
    for (int i = 1; i <= 40; ++i) {
      fs::copy_file(fs::path(TSE_SOURCE) / "tests/data/pictures/colour.jpg",
                    folder.path() / "jpg" / fmt::format("image_{:05}.jpg", i));
    }
    return name + ":" + dir + ",size=8";
  }
  if (name == "images") {
    for (const char* label : {"cat", "dog"}) {
      for (int i = 0; i < 12; ++i) {
        const fs::path to = folder.path() / label / (std::to_string(i) + ".png");
        fs::create_directories(to.parent_path());
        fs::copy_file(fs::path(TSE_SOURCE) / "tests/data/pictures" / (i % 2 == 0 ? "colour.png" : "grey.png"), to);
      }
    }
    return name + ":" + dir + ",size=8";
  }
  if (name == "synthetic") return name + ":train_images=20,test_images=10,size=8";
  ADD_FAILURE() << "no example of " << name << ": add one";
  return name;
}

class DataContract : public testing::TestWithParam<std::string> {
 protected:
  TempFolder folder_;
  std::string spec_ = example(GetParam(), folder_);

  std::string with(const std::string& options) const {
    return spec_ + (spec_.find(':') == std::string::npos ? ":" : ",") + options;
  }
};

TEST_P(DataContract, SpecNamesTheSame) {
  const auto data = make_data(with("train=5,valid=3,test=4,seed=9"));
  EXPECT_EQ(make_data(data->spec())->spec(), data->spec());
  EXPECT_EQ(make_data(data->spec())->load(0).digest, data->load(0).digest);
  EXPECT_EQ(data->load(0).spec, data->spec());
  EXPECT_THAT(data->spec(), AllOf(HasSubstr("train=5"), HasSubstr("seed=9")));
}

TEST_P(DataContract, FactsAreThoseOfTheImages) {
  const auto data = make_data(spec_);
  const DataSet set = data->load(0.5);
  for (const ImageSet* images : {&set.train, &set.test}) {
    EXPECT_EQ(data->facts(), (DataFacts{.channels = images->channels,
                                        .height = images->height,
                                        .width = images->width,
                                        .classes = images->classes(),
                                        .images = data->facts().images}));
    EXPECT_EQ(images->pixels.size(), static_cast<std::size_t>(images->count) * images->image_bytes());
    EXPECT_EQ(images->labels.size(), static_cast<std::size_t>(images->count));
    EXPECT_GT(images->count, 0);
    for (const auto label : images->labels) EXPECT_LT(label, images->classes());
  }
  EXPECT_GE(data->facts().images, std::int64_t{set.train.count} + set.test.count);
  EXPECT_EQ(set.train.class_names, set.test.class_names);
  EXPECT_EQ(std::set<std::string>(set.train.class_names.begin(), set.train.class_names.end()).size(),
            set.train.class_names.size());
}

TEST_P(DataContract, LoadsTheSameTwice) {
  const DataSet first = make_data(spec_)->load(0.5);
  const DataSet second = make_data(spec_)->load(0.5);
  EXPECT_EQ(first.train, second.train);
  EXPECT_EQ(first.test, second.test);
  EXPECT_EQ(first.split, second.split);
  EXPECT_EQ(first.normalisation, second.normalisation);
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.digest.size(), 64U);
}

TEST_P(DataContract, SplitIsAsAsked) {
  const auto train_set = make_data(spec_)->load(0).train.count;
  const DataSet half = make_data(spec_)->load(0.5);
  EXPECT_EQ(half.split.valid.size(), static_cast<std::size_t>((train_set + 1) / 2));
  EXPECT_EQ(half.split.train.size() + half.split.valid.size(), static_cast<std::size_t>(train_set));
  EXPECT_EQ(make_data(spec_)->load(0).split.valid.size(), 0U);
  const DataSet small = make_data(with("train=6,valid=5,test=2"))->load(0.5);
  EXPECT_EQ(small.split.train.size(), 6U);
  EXPECT_EQ(small.split.valid.size(), 5U);
  EXPECT_EQ(small.test.count, 2);
  EXPECT_TRUE(std::ranges::equal(small.test.image(1), half.test.image(1)));
  EXPECT_EQ(make_data(with("train=6"))->load(0.5).split.valid.size(), 0U);
  EXPECT_NE(small.digest, half.digest);
}

TEST_P(DataContract, NormalisationIsStated) {
  const DataSet set = make_data(with("normalisation=measured"))->load(0.5);
  EXPECT_EQ(set.normalisation, measure(set.train, set.split.train));
  EXPECT_THAT(set.normalisation_source, HasSubstr(std::to_string(set.split.train.size())));
  const DataSet plain = make_data(spec_)->load(0.5);
  EXPECT_EQ(plain.normalisation.mean.size(), static_cast<std::size_t>(plain.train.channels));
  EXPECT_EQ(plain.normalisation.deviation.size(), static_cast<std::size_t>(plain.train.channels));
  EXPECT_FALSE(plain.normalisation_source.empty());
}

TEST_P(DataContract, RefusesWithOptionRuleAndValue) {
  const auto refusal = [&](const std::string& options) {
    return message_of<UsageError>([&] { make_data(with(options))->load(0.5); });
  };
  EXPECT_THAT(refusal("colour=red"), AllOf(HasSubstr("[" + GetParam()), HasSubstr("unknown option 'colour'")));
  EXPECT_THAT(refusal("train=many"), HasSubstr("train must be a whole number; got 'many'"));
  EXPECT_THAT(refusal("train=-2"), HasSubstr("got '-2'"));
  EXPECT_THAT(refusal("train=0"), HasSubstr("got 0"));
  EXPECT_THAT(refusal("train=1000000"), HasSubstr("got 1000000"));
  EXPECT_THAT(refusal("test=0"), HasSubstr("got 0"));
  EXPECT_THAT(refusal("test=1000000"), HasSubstr("got 1000000"));
  EXPECT_THAT(refusal("normalisation=guessed"), HasSubstr("'guessed'"));
}

TEST_P(DataContract, FilesCanBeReadAndAreNeeded) {
  const auto data = make_data(spec_);
  for (const fs::path& file : data->files()) {
    EXPECT_TRUE(fs::is_regular_file(file));
    const fs::path aside = file.string() + ".aside";
    fs::rename(file, aside);
    EXPECT_THAT(message_of<DataError>([&] { data->facts(); }), HasSubstr(file.string()));
    EXPECT_THAT(message_of<DataError>([&] { data->load(0.5); }), HasSubstr(file.string()));
    // cut short, empty, a folder in its place
    fs::copy_file(aside, file);
    fs::resize_file(file, fs::file_size(file) - 1);
    EXPECT_THAT(message_of<DataError>([&] { data->load(0.5); }), HasSubstr(file.string()));
    fs::resize_file(file, 0);
    EXPECT_THAT(message_of<DataError>([&] { data->load(0.5); }), HasSubstr(file.string()));
    fs::remove(file);
    fs::create_directory(file);
    EXPECT_THAT(message_of<DataError>([&] { data->load(0.5); }), HasSubstr(file.string()));
    fs::remove(file);
    fs::rename(aside, file);
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(AllDataSets, DataContract, testing::ValuesIn(data_sets().names()), test_name);

}  // namespace
}  // namespace tse
