#include <algorithm>
#include <chrono>

#include "tse/train/batches.h"
#include "tse/train/resident.h"
#include "tse/train/steps.h"
#include "tse/train/whole_step.h"

namespace tse {
namespace {

constexpr double kSecondsAtOnce = 0.25;  // of steps: the observer is asked in between

/// The whole step is on the device; the host says what to do some hundred steps ahead.
class DeviceSteps final : public Steps {
 public:
  DeviceSteps(const StepsOf& of, const torch::Device& device)
      : job_(of.job),
        device_(device),
        batches_(of.data, of.job.recipe, of.job.seed),
        images_(of.options.resident ? of.options.resident
                                    : std::make_shared<const ResidentImages>(
                                          of.data.train, make_pixel_table(of.data.normalisation), device)),
        whole_(of.graph, of.store, of.job.recipe, *images_,
               of.job.engine.precision == "bf16" ? torch::kBFloat16 : torch::kFloat) {}

  StepLosses make(std::int64_t first, std::int64_t end) override {
    const std::int64_t steps = std::min({end - first, at_once_, WholeStep::kMostSteps});
    std::vector<std::vector<DrawnImage>> batches;
    std::vector<double> rates;
    for (std::int64_t step = first; step < first + steps; ++step) {
      batches.push_back(batches_.drawn(step));
      rates.push_back(learning_rate(job_.recipe, step, batches_.steps_per_epoch()));
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> losses = whole_.run(batches, rates);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    // grows slowly: the first steps include the recording
    const double each = took.count() / static_cast<double>(steps);
    at_once_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(kSecondsAtOnce / std::max(each, 1e-6)), 1, 4 * steps);
    return {.total = std::move(losses)};
  }

  torch::Tensor logits(const torch::Tensor& images) override { return whole_.logits(images.to(device_)); }

  std::map<std::string, torch::Tensor>& momenta() override { return whole_.momenta(); }

 private:
  const Job& job_;
  torch::Device device_;
  TrainBatches batches_;
  std::shared_ptr<const ResidentImages> images_;
  WholeStep whole_;
  std::int64_t at_once_ = 4;
};

}  // namespace

std::unique_ptr<Steps> make_device_steps(const StepsOf& of, const torch::Device& device) {
  return std::make_unique<DeviceSteps>(of, device);
}

}  // namespace tse
