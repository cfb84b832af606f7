// Every form, read back from its bytes, gives our own network's logits.
#include "tse/export/forms.h"

#include <gtest/gtest.h>

#include <string>

#include "export/models.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;

class Forms : public testing::TestWithParam<ModelForm> {
 protected:
  static double difference_of(const Model& model, int images) {
    const ModelForm& form = GetParam();
    const torch::Tensor pixels = random_pixels(model, images, 1);
    const std::vector<ModelFile> files = form.make(model, std::string("model") + form.ending);
    return relative_difference(form.run(model, files, pixels), logits_of(model, pixels));
  }
};

TEST_P(Forms, OfRandomGraphsGiveOurLogits) {
  Stream random(7);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Model model = random_model(random, i);
    EXPECT_LE(difference_of(model, 1 + static_cast<int>(i % 3)), kMostDifference) << i << '\n' << to_text(model.graph);
    if (HasFailure()) break;
  }
}

TEST_P(Forms, OfNasBench201GiveOurLogits) {
  for (const Model& model : nb201_models(10)) EXPECT_LE(difference_of(model, 2), kMostDifference);
}

TEST_P(Forms, OfAnyNamesGiveOurLogits) {
  EXPECT_LE(difference_of(oddly_named_model(), 2), kMostDifference);
  EXPECT_LE(difference_of(nested_model(), 2), kMostDifference);
}

TEST_P(Forms, RefuseArchitectureWeightsByName) {
  Graph graph;
  const NodeId in = graph.add_input({.channels = 2, .height = 4, .width = 4});
  const NodeId mix = graph.add(
      "mix", op::Sum{.coefficients = op::Sum::Coefficients::architecture, .architecture = "alpha2"}, {in, in});
  graph.add("pool", op::GlobalAvgPool{}, {mix});
  const Model model = disturbed_model(std::move(graph), 0);
  EXPECT_THAT(message_of<UsageError>([&] { GetParam().make(model, "model"); }),
              testing::AllOf(HasSubstr("[mix]"), HasSubstr("alpha2")));
}

TEST_P(Forms, RefuseWhatIsNoClassifier) {
  Graph graph;
  const NodeId in = graph.add_input({.channels = 2, .height = 4, .width = 4});
  graph.add("relu", op::Relu{}, {in});
  EXPECT_THAT(message_of<UsageError>([&] { GetParam().make(disturbed_model(std::move(graph), 0), "model"); }),
              HasSubstr("[relu] expected logits"));
}

TEST_P(Forms, RefuseNamesThatAreNotOnePerLogit) {
  Model model = nb201_models(1)[0];
  model.class_names.pop_back();
  EXPECT_THAT(message_of<UsageError>([&] { GetParam().make(model, "model"); }), HasSubstr("expected 7"));
}

TEST_P(Forms, RefuseANormalisationOfOtherChannels) {
  Model model = nb201_models(1)[0];
  model.deviation[1] = 0;
  EXPECT_THAT(message_of<UsageError>([&] { GetParam().make(model, "model"); }), HasSubstr("[normalisation]"));
}

TEST_P(Forms, NoticeDamage) {
  const Model model = nb201_models(1)[0];
  std::vector<ModelFile> files = GetParam().make(model, "model");
  files.front().bytes.resize(files.front().bytes.size() / 2);
  EXPECT_THROW(GetParam().run(model, files, random_pixels(model, 1, 1)), DataError);
}

INSTANTIATE_TEST_SUITE_P(All, Forms, testing::ValuesIn(model_forms()),
                         [](const auto& test) { return std::string(test.param.ending + 1); });

TEST(ModelForms, AreKnownByTheirEnding) {
  EXPECT_EQ(form_of("a/b.onnx").ending, std::string(".onnx"));
  EXPECT_THAT(message_of<UsageError>([] { form_of("net.h5"); }), HasSubstr(".pt, .onnx, .py; got 'net.h5'"));
}

TEST(ModelForms, RefuseLogitsThatDiffer) {
  const torch::Tensor ours = torch::tensor({{1.0, -2.0}});
  EXPECT_LE(expect_agreement(ours + 1e-5, ours, "here"), 1e-5);
  EXPECT_THROW(expect_agreement(ours + 3e-4, ours, "here"), DataError);
  EXPECT_THROW(expect_agreement(ours / 0, ours, "here"), DataError);
  EXPECT_THROW(expect_agreement(ours.t(), ours, "here"), DataError);
}

TEST(ModelFiles, AreAllWrittenOrNone) {
  const TempFolder folder;
  const auto first = folder.path() / "first";
  const auto second = folder.path() / "second";
  std::filesystem::create_directories(second / "in the way");
  EXPECT_THROW(write_all({{.path = first, .bytes = {1}}, {.path = second, .bytes = {2}}}), DataError);
  EXPECT_FALSE(std::filesystem::exists(first));
  EXPECT_THROW(write_all({{.path = first, .bytes = {1}}, {.path = folder.path() / "." / "first", .bytes = {2}}}),
               UsageError);
  EXPECT_FALSE(std::filesystem::exists(first));
  // a folder that cannot be made, after one that could be written
  EXPECT_THROW(write_all({{.path = first, .bytes = {1}}, {.path = first / "inside", .bytes = {2}}}), DataError);
  EXPECT_FALSE(std::filesystem::exists(first));
}

}  // namespace
}  // namespace tse
