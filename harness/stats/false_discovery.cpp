#include "harness/stats/false_discovery.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace effgate {

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<double> known(p_values.begin(), p_values.end());
  for (double& value : known)
    if (std::isnan(value)) value = 1;
  std::vector<std::size_t> largest_first(known.size());
  std::iota(largest_first.begin(), largest_first.end(), std::size_t{0});
  std::ranges::stable_sort(largest_first,
                           [&](std::size_t a, std::size_t b) { return known[a] > known[b]; });
  std::vector<double> adjusted(known.size());
  double least = 1;
  std::size_t rank = known.size();
  for (const std::size_t index : largest_first) {
    const double scale = static_cast<double>(known.size()) / static_cast<double>(rank--);
    least = std::min(least, known[index] * scale);
    adjusted[index] = least;
  }
  return adjusted;
}

}  // namespace effgate
