#include <tse/estimate/streaming.h>
#include <tse/space/space.h>

#include <cstdio>

int main() {
  const auto space = tse::make_space("nb201");
  const tse::Arch arch = space->at(0);
  std::printf("%s\n%zu architectures\n", arch.text.c_str(), static_cast<std::size_t>(space->size().value()));

  tse::TrainingSpeed speed({.steps_per_epoch = 2, .estimators = {"tse"}});
  for (const double loss : {2.5, 1.5, 1.25, 0.75}) speed.feed(loss);
  std::printf("tse %g\n", speed.score("tse"));
}
