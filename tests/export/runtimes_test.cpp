// Exported networks run by others: PyTorch, OpenCV and ONNX Runtime, as far as they are installed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "export/models.h"
#include "support/temp_folder.h"
#include "tse/export/forms.h"
#include "tse/export/safetensors.h"

namespace tse {
namespace {

constexpr int kNotInstalled = 77;

class Runtimes : public testing::Test {
 protected:
  void add(const Model& model) {
    const std::filesystem::path folder = folder_.path() / std::to_string(count_++);
    const torch::Tensor images = random_pixels(model, 3, 1);
    for (const ModelForm& form : model_forms())
      write_all(form.make(model, folder / (std::string("model") + form.ending)));
    write_all({{.path = folder / "sample.safetensors",
                .bytes = to_safetensors({{"images", images}, {"logits", logits_of(model, images)}})}});
  }

  void expect_ours(const std::string& options = "") {
    const std::string command =
        std::string(TSE_SOURCE "/tests/export/check_models.py ") + options + " " + folder_.path().string() + "/* 2>&1";
    std::string output;
    FILE* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
      output.append(buffer.data(), count);
    const int status = pclose(pipe);
    if (WEXITSTATUS(status) == kNotInstalled) GTEST_SKIP() << output;
    EXPECT_EQ(status, 0) << output;
    std::printf("%s", output.c_str());
  }

 private:
  const TempFolder folder_;
  int count_ = 0;
};

TEST_F(Runtimes, GiveOurLogitsOfNasBench201) {
  for (const Model& model : nb201_models(8)) add(model);
  expect_ours();
}

TEST_F(Runtimes, GiveOurLogitsOfRandomGraphs) {
  Stream random(3);
  for (std::uint64_t i = 0; i < 60;) {
    const Model model = random_model(random, i);
    if (has_statistics_of_batches(model.graph)) continue;
    add(model);
    ++i;
  }
  expect_ours();
}

// OpenCV takes no mean over the batch.
TEST_F(Runtimes, GiveOurLogitsOfStatisticsOfBatches) {
  Stream random(5);
  for (std::uint64_t i = 0; i < 20;) {
    const Model model = random_model(random, i);
    if (!has_statistics_of_batches(model.graph)) continue;
    add(model);
    ++i;
  }
  expect_ours("--without OpenCV");
}

TEST_F(Runtimes, GiveOurLogitsOfAnyNames) {
  add(oddly_named_model());
  add(nested_model());
  expect_ours();
}

}  // namespace
}  // namespace tse
