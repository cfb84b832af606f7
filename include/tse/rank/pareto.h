#pragma once

#include <span>
#include <vector>

namespace tse {

/// Whether `a` is at least as good everywhere and better somewhere; higher is better. Equally long.
bool dominates(std::span<const double> a, std::span<const double> b);

/// Fronts by fast non-dominated sorting (Deb et al. 2002, doi:10.1109/4235.996017): 0 for the points that none
/// dominates, 1 for those that only points of front 0 dominate, and so on.
std::vector<int> fronts(const std::vector<std::vector<double>>& points);

/// The crowding distances of the points of one front (ibid.): infinite for those at the ends of any objective, else the
/// sum over the objectives of the gap between its neighbours, as a share of the front's range; an infinite gap is all
/// of it.
std::vector<double> crowding(const std::vector<std::vector<double>>& front);

/// The volume that the points dominate above `reference` (Zitzler and Thiele 1998), in the product of the objectives'
/// units; points that are nowhere above it add nothing. Exact, by slicing: meant for two or three objectives.
double hypervolume(const std::vector<std::vector<double>>& points, std::span<const double> reference);

}  // namespace tse
