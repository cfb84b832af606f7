// The content of a checkpoint, of a training or a super-network, behind a seal that fits, to get past it; and now and
// then the bytes as they come.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/hash.h"
#include "tse/trial/checkpoint.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  Checkpoint checkpoint;
  checkpoint.job.space = "nb201";
  checkpoint.trace.step_loss = {2.5, 1.25};
  checkpoint.trace.batch = checkpoint.trace.train_images = 2;
  checkpoint.tensors["w"] = {.shape = {2, 1}, .type = "float32", .data = std::vector<std::uint8_t>(8, 1)};
  std::vector<std::string> all;
  const auto add = [&] {
    const std::vector<std::uint8_t> bytes = encode(checkpoint);
    const std::string whole(bytes.begin(), bytes.end());
    const std::size_t body = whole.find('\n', whole.find('\n') + 1) + 1;
    all.push_back(std::string(1, '\1') + whole.substr(body));
    all.push_back(std::string(1, '\0') + whole);
  };
  add();
  checkpoint.job.one_shot = OneShot{.sampler = "fair"};
  checkpoint.trace.status = TraceStatus::ok;
  add();
  return all;
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes(data + 1, data + size);
  if (data[0] % 8 != 0) {
    const std::string seal = "tse checkpoint 1\n" + Hash().add(bytes).hex() + "\n";
    bytes.insert(bytes.begin(), seal.begin(), seal.end());
  }
  return fuzz::may_refuse([&] {
    const Checkpoint checkpoint = decode_checkpoint(bytes, "fuzz");
    if (decode_checkpoint(encode(checkpoint), "again").tensors != checkpoint.tensors) std::abort();
    expect_supernet({.place = "fuzz", .file = nullptr, .job = checkpoint.job, .trace = checkpoint.trace, .tensors = {}},
                    "nb201");
    if (checkpoint.job.space != "nb201" || !checkpoint.job.one_shot) std::abort();  // it was taken for one
  });
}
