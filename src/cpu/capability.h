#pragma once

namespace tse {
class Graph;  // tse/space/graph.h
struct Node;
}  // namespace tse

namespace tse::cpu {

/// The first node of a graph that has no kernel here; null where all have.
const Node* without_kernel(const Graph& graph);

}  // namespace tse::cpu
