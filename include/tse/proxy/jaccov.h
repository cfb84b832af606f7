#pragma once

#include <torch/torch.h>

#include "tse/net/network.h"

namespace tse {

/// JacCov (Mellor et al. 2020, arXiv 2006.04647, version 1, section 3), in its three steps.

/// `images`: (N, C, H, W), float or double as the network's weights.
/// Row i is the gradient of the sum of all outputs for the batch by image i, batch norm in training mode: (N, C*H*W) in
/// double. Zeros where the outputs do not depend on the images.
torch::Tensor input_gradients(Network& network, const torch::Tensor& images);

/// Pearson's correlation of every two rows, (N,N), cut to [-1,1]. NoScore where a row does not vary or is not finite.
torch::Tensor row_correlations(const torch::Tensor& rows);

/// -sum (log(v + k) + 1/(v + k)) over the eigenvalues v of a symmetric matrix, k = 1e-5; an eigenvalue that rounding
/// made negative is 0.
double jaccov(const torch::Tensor& correlations);

}  // namespace tse
