#include "parzen.h"

#include <numeric>
#include <utility>

#include "draw_option.h"
#include "tse/search/tpe.h"

namespace tse {

ParzenMixture::ParzenMixture(std::vector<Picks> results, const std::vector<Place>& places, double prior)
    : results_(std::move(results)),
      weights_(forgetting_weights(results_.size())),
      smoothing_(prior / static_cast<double>(results_.size() + 1)) {
  for (const Place& place : places) options_.push_back(place.options.size());
  weights_.push_back(prior);
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= sum;
}

Picks ParzenMixture::draw(Stream& random) const {
  const std::size_t component = draw_option(weights_, random);
  Picks picks;
  for (std::size_t place = 0; place < options_.size(); ++place) {
    const double kept = 1 / (1 + smoothing_ * static_cast<double>(options_[place]));
    const bool keeps = component < results_.size() && random.unit() < kept;
    picks.push_back(keeps ? results_[component][place] : static_cast<int>(random.below(options_[place])));
  }
  return picks;
}

double ParzenMixture::density(const Picks& picks) const {
  double sum = weights_.back();
  for (const std::size_t options : options_) sum /= static_cast<double>(options);
  for (std::size_t i = 0; i < results_.size(); ++i) {
    double product = weights_[i];
    for (std::size_t place = 0; place < options_.size(); ++place) {
      const double mass = 1 + smoothing_ * static_cast<double>(options_[place]);
      product *= (smoothing_ + (results_[i][place] == picks[place] ? 1 : 0)) / mass;
    }
    sum += product;
  }
  return sum;
}

}  // namespace tse
