#pragma once

#include "tse/base/json.h"

namespace tse::bench {

/// Trains by `tse`, its own loop from augmentation to update, on synthetic images: {"space", "arch", "batch",
/// "engine": {precision, path, threads, device}}.
void train_by_tse(const Json& contest);

/// Trains by an eager loop on one batch: {"space", "arch", "batch", "variant", "threads"}.
void train_eagerly(const Json& contest);

/// Measures this machine: answers {"copy": true, "seconds"} with {"rate": bytes read and written per second}, and
/// {"convolution": {in, out, height, width, kernel, stride, padding}, "direction", "precision", "seconds"} with
/// {"rate": operations per second}, two for each multiply-add, of the best layout and number of images that were tried.
void measure_machine();

}  // namespace tse::bench
