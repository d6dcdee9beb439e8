#include "harness/measure/pairing.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace effgate {
namespace {

struct Distance {
  double score = 0;
  double box = 0;
};

double apart(float a, float b) { return std::fabs(static_cast<double>(a) - double{b}); }

// Unset where the rows cannot be a pair.
std::optional<Distance> distance(const Detection& a, const Detection& b) {
  if (a.class_number != b.class_number) return std::nullopt;
  const Distance found{apart(a.score, b.score), std::max({apart(a.x1, b.x1), apart(a.y1, b.y1),
                                                          apart(a.x2, b.x2), apart(a.y2, b.y2)})};
  if (!(found.score <= kPairScore && found.box <= kPairPixels)) return std::nullopt;
  return found;
}

std::size_t used_rows(const Detections& detections) {
  return static_cast<std::size_t>(
      std::find_if(detections.begin(), detections.end(),
                   [](const Detection& row) { return row.class_number == 0; }) -
      detections.begin());
}

// Rows that noise may have pushed over the other set's last rank.
bool near_the_cut(const Detection& row, const Detections& other) {
  return used_rows(other) == other.size() && row.score <= double{other.back().score} + kPairScore;
}

struct Partner {
  std::size_t row = 0;
  Distance distance;
};

std::optional<Partner> nearest_free(const Detection& row, const Detections& others,
                                    const std::vector<bool>& taken) {
  std::optional<Partner> best;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) continue;
    const auto found = distance(row, others[i]);
    if (found && (!best || found->box < best->distance.box)) best = Partner{i, *found};
  }
  return best;
}

}  // namespace

void DetectionPairing::add(const DetectionPairing& other) {
  rows += other.rows;
  paired += other.paired;
  worst_score = std::max(worst_score, other.worst_score);
  worst_box = std::max(worst_box, other.worst_box);
}

DetectionPairing pair_detections(const Detections& a, const Detections& b) {
  DetectionPairing pairing;
  std::vector<bool> taken(used_rows(b), false);
  for (std::size_t i = 0; i < used_rows(a); ++i) {
    const std::optional<Partner> partner = nearest_free(a[i], b, taken);
    if (!partner) {
      pairing.rows += near_the_cut(a[i], b) ? 0 : 1;
      continue;
    }
    taken[partner->row] = true;
    pairing.add({2, 2, partner->distance.score, partner->distance.box});
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!taken[i] && !near_the_cut(b[i], a)) pairing.rows += 1;
  }
  return pairing;
}

}  // namespace effgate
