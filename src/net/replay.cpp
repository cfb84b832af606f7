#include "tse/net/replay.h"

#include <utility>

#include "cuda.h"

namespace tse {
namespace {

class PlainReplay final : public Replay {
 public:
  explicit PlainReplay(std::function<void()> work) : work_(std::move(work)) {}
  void run() override { work_(); }

 private:
  std::function<void()> work_;
};

}  // namespace

bool records_work(const torch::Device& device) { return device.is_cuda() && has_graphs(); }

std::unique_ptr<Replay> record(const torch::Device& device, std::function<void()> work, const Replay* beside) {
  if (records_work(device)) return record_graph(work, beside);
  return std::make_unique<PlainReplay>(std::move(work));
}

}  // namespace tse
