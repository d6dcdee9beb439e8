#include "harness/stats/rank_test.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace effgate {
namespace {

// The values of both samples in order, as groups of equal ones.
struct TieGroup {
  std::size_t size = 0;    // values in both samples
  std::size_t second = 0;  // of these in the second
};

std::vector<TieGroup> tie_groups(std::span<const double> first, std::span<const double> second) {
  std::vector<std::pair<double, bool>> pooled;
  for (const double value : first) pooled.emplace_back(value, false);
  for (const double value : second) pooled.emplace_back(value, true);
  std::ranges::sort(pooled);
  std::vector<TieGroup> groups;
  for (std::size_t index = 0; index < pooled.size(); ++index) {
    if (index == 0 || pooled[index].first != pooled[index - 1].first) groups.emplace_back();
    ++groups.back().size;
    if (pooled[index].second) ++groups.back().second;
  }
  return groups;
}

// Twice U, which is whole even where ties count half.
std::size_t twice_u(std::span<const TieGroup> groups) {
  std::size_t result = 0;
  std::size_t first_below = 0;
  for (const TieGroup& group : groups) {
    const std::size_t first_here = group.size - group.second;
    result += group.second * (2 * first_below + first_here);
    first_below += first_here;
  }
  return result;
}

double choose(std::size_t n, std::size_t k) {
  double result = 1;
  for (std::size_t step = 1; step <= k; ++step)
    result = result * static_cast<double>(n - k + step) / static_cast<double>(step);
  return std::round(result);
}

// In how many ways the values can be dealt to a second sample of `second` values so that twice U
// has each value: group by group, `ways[dealt][u]` for what lies below. The counts stay below 2^53.
std::vector<double> ways_by_twice_u(std::span<const TieGroup> groups, std::size_t first,
                                    std::size_t second) {
  const std::size_t most = 2 * first * second;
  std::vector<std::vector<double>> ways(second + 1, std::vector<double>(most + 1, 0.0));
  ways[0][0] = 1;
  std::size_t below = 0;
  for (const TieGroup& group : groups) {
    std::vector<std::vector<double>> next(second + 1, std::vector<double>(most + 1, 0.0));
    for (std::size_t dealt = 0; dealt <= std::min(second, below); ++dealt)
      for (std::size_t take = 0; take <= group.size && dealt + take <= second; ++take) {
        const std::size_t added = take * (2 * (below - dealt) + group.size - take);
        const double choices = choose(group.size, take);
        for (std::size_t u = 0; u + added <= most; ++u)
          next[dealt + take][u + added] += ways[dealt][u] * choices;
      }
    ways = std::move(next);
    below += group.size;
  }
  return ways[second];
}

void fill_exact(RankTest& test, std::span<const TieGroup> groups, std::size_t first,
                std::size_t second) {
  const std::vector<double> ways = ways_by_twice_u(groups, first, second);
  const std::size_t seen = twice_u(groups);
  double all = 0;
  double at_least = 0;
  double at_most = 0;
  for (std::size_t u = 0; u < ways.size(); ++u) {
    all += ways[u];
    if (u >= seen) at_least += ways[u];
    if (u <= seen) at_most += ways[u];
  }
  test.exact = true;
  test.p_greater = at_least / all;
  test.p_two_sided = std::min(1.0, 2 * std::min(at_least, at_most) / all);
}

void fill_normal(RankTest& test, std::span<const TieGroup> groups, double first, double second) {
  const double n = first + second;
  double ties = 0;
  for (const TieGroup& group : groups) {
    const auto size = static_cast<double>(group.size);
    ties += size * size * size - size;
  }
  const double variance = first * second / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return;  // all values are equal
  const double above = test.u - first * second / 2;
  const double scale = std::sqrt(variance);
  const boost::math::normal normal;
  const auto upper_tail = [&](double distance) {
    return boost::math::cdf(boost::math::complement(normal, (distance - 0.5) / scale));
  };
  test.p_greater = upper_tail(above);
  test.p_two_sided = std::min(1.0, 2 * upper_tail(std::abs(above)));
}

}  // namespace

RankTest mann_whitney(std::span<const double> first, std::span<const double> second) {
  const auto is_nan = [](double value) { return std::isnan(value); };
  RankTest test;
  if (first.empty() || second.empty() || std::ranges::any_of(first, is_nan) ||
      std::ranges::any_of(second, is_nan))
    return test;
  const std::vector<TieGroup> groups = tie_groups(first, second);
  test.u = static_cast<double>(twice_u(groups)) / 2;
  if (first.size() + second.size() <= kExactRankTest)
    fill_exact(test, groups, first.size(), second.size());
  else
    fill_normal(test, groups, static_cast<double>(first.size()),
                static_cast<double>(second.size()));
  return test;
}

}  // namespace effgate
