#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "match.h"
#include "tse/space/shape.h"

namespace tse::bench {

// What the files of matches share, and what each adds to the list.

void add_node_matches(int batch, std::vector<Match>& list);
void add_pool_matches(int batch, std::vector<Match>& list);
void add_convolution_matches(int batch, std::vector<Match>& list);
void add_linear_matches(int batch, std::vector<Match>& list);
void add_update_matches(int batch, std::vector<Match>& list);

/// Activations of the first and of the last stage of NAS-Bench-201's networks of 16 channels.
const std::vector<Shape>& stage_shapes();

/// 16x32x32.
std::string size_text(const Shape& shape);

/// To what bf16 can hold.
torch::Tensor rounded(const torch::Tensor& values);

/// Normal numbers, rounded, in fp32 and contiguous.
torch::Tensor sample(torch::IntArrayRef sizes, std::uint64_t seed);

/// Of a batch: (N,C,H,W).
torch::Tensor sample(const Shape& shape, int batch, std::uint64_t seed);

/// As the plain ops keep it.
torch::Tensor in_form(const torch::Tensor& values, const PlainForm& form);

/// As the kernels keep it: channels-last, fp32 or bf16.
torch::Tensor stored(const torch::Tensor& values, cpu::Storage storage);
torch::Tensor room_for(const Shape& shape, int batch, cpu::Storage storage);

/// Where an image of a tensor of the batch begins.
void* image_of(const torch::Tensor& tensor, int image);

torch::Tensor as_double(const torch::Tensor& values);

/// A batch in blocks of images, as many as the passes would take at a time where this is the largest tensor.
class Blocks {
 public:
  Blocks(int batch, const Shape& shape, cpu::Storage storage);

  int count() const { return (batch_ + size_ - 1) / size_; }
  int size() const { return size_; }  // images, of all but the last

  /// Calls work(number, first image, images) for one after the other.
  template <class Work>
  void each(const Work& work) const {
    for (int first = 0; first < batch_; first += size_) work(first / size_, first, std::min(size_, batch_ - first));
  }

 private:
  int batch_;
  int size_;
};

/// Bytes of so many values, in what GB/s counts.
double gbytes(double values, cpu::Storage storage);

}  // namespace tse::bench
