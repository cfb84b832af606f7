#pragma once

#include "tse/base/json.h"

namespace tse::bench {

/// Trains by `tse`, its own loop from augmentation to update, on synthetic images: {"space", "arch", "batch",
/// "engine": {precision, path, threads, device}, "lanes": trainings at once, "kernels": by those of our own on a GPU}.
void train_by_tse(const Json& contest);

/// Trains by `tse` and answers once with what ran on the device meanwhile, {"steps", "seconds", "kernels": [{"name",
/// "calls", "seconds"}]}: as for train_by_tse, and {"steps": at the least}. libtorch's profiler sees kernels where it
/// was built with CUPTI, as pip's is.
void profile_training(const Json& contest);

/// Trains by an eager loop on one batch: {"space", "arch", "batch", "variant", "threads", "device", "lanes": trainings
/// at once, "recorded": a step as a CUDA graph, its loss looked at now and then}.
void train_eagerly(const Json& contest);

/// Trains parts of a super-network on one batch, the next of the paths at every step, with a network made for it; a
/// single one keeps its network. Or validates it, in the batches of evaluations: {"space", "archs", "batch", "engine",
/// "what": "train" or "validate"}.
void train_paths(const Json& contest);

/// Trains the mixture of all architectures on one batch, with the gradients of the architecture, which moves after
/// every step: {"space", "batch", "engine"}.
void train_mixture(const Json& contest);

/// Trains whatever it is asked to, for some steps: {"space", "data", "batch", "steps"}. A request is {"arch",
/// "precision", "noise"}, the last of the initial weights; the answer {"loss"}, the mean over the steps, null where it
/// diverged.
void train_for_losses(const Json& contest);

/// Measures this machine: answers {"copy": true, "seconds"} with {"rate": bytes read and written per second}, and
/// {"convolution": {in, out, height, width, kernel, stride, padding}, "direction", "precision", "seconds"} with
/// {"rate": operations per second}, two for each multiply-add, of the best layout and number of images that were tried.
void measure_machine();

/// Measures kernels of the fast path and the plain ops that do the same, one thread: {"batch"}. The first answer lists
/// "ops", each {"op", "on", "unit", "work": {side: of a call, in what the unit counts}}. A request is {"op": its
/// number, "side", "seconds"}; the answer {"seconds"}, of one call.
void measure_ops(const Json& contest);

}  // namespace tse::bench
