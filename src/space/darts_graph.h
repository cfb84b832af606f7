#pragma once

#include "tse/space/choice_space.h"
#include "tse/space/darts.h"
#include "tse/space/graph.h"

namespace tse {

/// The network of what is picked at the places of darts_choices, or, where nothing is, of all edges. UsageError where
/// images or channels do not fit.
Graph darts_graph(const DartsOptions& options, const PickedPlaces& picked, const Task& task);

}  // namespace tse
