#pragma once

#include <vector>

#include "tse/base/random.h"

namespace tse {

/// An undirected graph without loops and double edges, read as a directed acyclic one: every edge leads from the
/// smaller number to the larger. Of each node, its neighbours of smaller number, ascending.
using Wiring = std::vector<std::vector<int>>;

/// The three classical random graphs of Xie et al. 2019 (arXiv 1904.01569, section 3.3). The nodes' order, which makes
/// the DAG, is that of their numbers: of no matter in ER, of birth in BA, along the ring in WS. UsageErrors say what
/// the parameters may be.

/// Erdős and Rényi: each pair is an edge with probability p. May be disconnected.
Wiring erdos_renyi(int nodes, double p, Stream& random);

/// Barabási and Albert: m nodes without edges; every later node gets m edges to different earlier ones, drawn in
/// proportion to their edges so far, the first of them to all. m (nodes - m) edges, connected. 1 <= m < nodes.
Wiring barabasi_albert(int nodes, int m, Stream& random);

/// Watts and Strogatz: a ring, each node joined to its k/2 nearest on either side; then, for i = 1 to k/2 and round the
/// ring, each edge from v to v + i is, with probability p, joined to a node drawn anew instead, neither v nor a
/// neighbour of it. nodes k/2 edges; may be disconnected. k even, 2 <= k < nodes.
Wiring watts_strogatz(int nodes, int k, double p, Stream& random);

bool is_connected(const Wiring& graph);

/// Of erdos_renyi, exactly (Gilbert 1959, doi:10.1214/aoms/1177706098).
double probability_connected(int nodes, double p);

}  // namespace tse
