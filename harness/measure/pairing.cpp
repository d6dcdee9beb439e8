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

// Equal infinities are not apart; NaN is apart from everything, by NaN.
double apart(float a, float b) {
  return a == b ? 0 : std::fabs(static_cast<double>(a) - double{b});
}

bool are_near(const Detection& a, const Detection& b) {
  return apart(a.score, b.score) <= kPairScore && apart(a.x1, b.x1) <= kPairPixels &&
         apart(a.y1, b.y1) <= kPairPixels && apart(a.x2, b.x2) <= kPairPixels &&
         apart(a.y2, b.y2) <= kPairPixels;
}

// Unset where the rows cannot be a pair.
std::optional<Distance> distance(const Detection& a, const Detection& b) {
  if (a.class_number != b.class_number || !are_near(a, b)) return std::nullopt;
  return Distance{apart(a.score, b.score), std::max({apart(a.x1, b.x1), apart(a.y1, b.y1),
                                                     apart(a.x2, b.x2), apart(a.y2, b.y2)})};
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

// How many of a set's rows without partner count: noise moves a few over the cut, and where scores
// are so close together that every row is near it, that excuses no more of them.
double counted_rows(std::size_t alone, std::size_t near_cut) {
  return static_cast<double>(alone - std::min(near_cut, kMostNearTheCut));
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
  std::size_t alone = 0, near_cut = 0;
  for (std::size_t i = 0; i < used_rows(a); ++i) {
    const std::optional<Partner> partner = nearest_free(a[i], b, taken);
    if (partner) {
      taken[partner->row] = true;
      pairing.add({2, 2, partner->distance.score, partner->distance.box});
    } else {
      ++alone;
      near_cut += near_the_cut(a[i], b) ? 1 : 0;
    }
  }
  pairing.rows += counted_rows(alone, near_cut);
  alone = near_cut = 0;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) continue;
    ++alone;
    near_cut += near_the_cut(b[i], a) ? 1 : 0;
  }
  pairing.rows += counted_rows(alone, near_cut);
  return pairing;
}

}  // namespace effgate
