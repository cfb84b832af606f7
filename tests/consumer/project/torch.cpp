#include <tse/torch.h>
#include <tse/tse.h>

#include <cstdio>

int main() {
  const auto space = tse::make_space("nb201:channels=4,cells=1");
  const tse::Graph graph =
      space->lower(space->at(15624), {.input = {.channels = 1, .height = 8, .width = 8}, .classes = 3});
  tse::ParameterStore store;
  store.add(graph, 1, torch::kFloat);
  const auto network = tse::make_reference_network(graph, store);
  const torch::Tensor logits = network->forward(torch::zeros({2, 1, 8, 8}), tse::Mode::evaluate);
  std::printf("logits (%d,%d)\n", static_cast<int>(logits.size(0)), static_cast<int>(logits.size(1)));
}
