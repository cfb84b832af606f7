#pragma once

#include <optional>
#include <string>

#include "tse/base/option.h"
#include "tse/space/choice_space.h"

namespace tse {

struct DartsOptions {
  int channels = 16;      // C: the stem makes three times as many, the first cells work on C
  int cells = 8;          // L; those at L/3 and 2L/3 reduce, and double the channels
  bool none = false;      // among the operations, as where DARTS searches
  bool repeated = false;  // both inputs of a node may be one, as in tables of other samplers
  double auxiliary = 0;   // of the loss of a second classifier behind the second reduction, in training; 0: none
  double drop_path = 0;   // rate at the end of training at which an image loses an operation that is no identity

  Options options();
};

/// The space of DARTS (Liu et al. 2019, arXiv 1806.09055): a normal and a reduction cell of four nodes, each the sum of
/// two operations on two earlier nodes; a cell's inputs are the outputs of the two cells before it. Architectures are
/// written as `normal sep_conv_3x3:0 skip_connect:1 ... reduce ...`, two operations with their inputs for each node,
/// and read in the authors' form too: `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], ...)`.
class Darts final : public ChoiceSpace {
 public:
  explicit Darts(DartsOptions options);

  std::string spec() const override;
  std::string canonical(const Arch& arch) const override;
  bool connected(const Arch& arch) const override;
  Drawing draw(const Arch& arch) const override;
  std::optional<std::string> published_form(const Arch& arch) const override;

  /// The 14 edges of each kind of cell: a mixture is of all of them.
  const Choices& mixture_choices() const override { return edges_; }
  Arch derived(const Shares& shares) const override;

 protected:
  Picks read(std::string_view text) const override;
  std::string print(const Picks& picks) const override;
  Graph build(const PickedPlaces& picked, const Task& task) const override;

 private:
  DartsOptions options_;
  Choices edges_;
};

}  // namespace tse
