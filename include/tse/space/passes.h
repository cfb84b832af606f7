#pragma once

#include <cstdint>

#include "tse/space/graph.h"

namespace tse {

/// Rewrites of a graph: pure functions, each giving a graph that computes the same function for the same parameters.
/// Nodes keep their names, so parameters keep theirs. The function is the output's; auxiliary logits are left out, but
/// for the next one.

/// The output and the auxiliary logits, one after another along the channels: what a training step computes. The graph
/// itself where there are none. UsageError where they are of another shape than the output.
Graph with_auxiliaries(const Graph& graph);

/// Drops the auxiliary logits and what only they need.
Graph without_auxiliaries(const Graph& graph);

/// Drops identities, sums and concats of one, and what carries only zeros: convolution, pooling, ReLU and sum of zeros.
/// A batch norm of zeros is its shift, which learns, so it stays, as does a convolution with a bias. A sum whose
/// coefficients are learned or searched for keeps its zeros, so that each input keeps its coefficient.
Graph without_zeros(const Graph& graph);

/// Computes equal subexpressions once that neither learn nor draw: the ReLU of one node that feeds several edges.
Graph with_shared(const Graph& graph);

/// Drops what cannot reach the output. The input stays.
Graph without_dead(const Graph& graph);

/// All of them: what a network need run.
Graph simplified(const Graph& graph);

/// The first batch norm that sees one value per channel of a batch of so many images, or nothing: it cannot be trained,
/// since its input has no variance and its running one would be none.
const Node* lone_batch_norm(const Graph& graph, std::int64_t images);

/// Unlike the others, another function: every batch norm gives its input as it is. What SynFlow looks at.
Graph without_batch_norm(const Graph& graph);

}  // namespace tse
