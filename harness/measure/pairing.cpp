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
bool is_near_the_cut(const Detection& row, const Detections& other) {
  return used_rows(other) == other.size() && row.score <= double{other.back().score} + kPairScore;
}

// The rows of a set that found no partner.
struct Alone {
  std::size_t rows = 0;
  std::size_t near_the_cut = 0;

  void add(const Detection& row, const Detections& other) {
    ++rows;
    near_the_cut += is_near_the_cut(row, other) ? 1 : 0;
  }
  // Noise moves a few over the cut; where scores are so close together that every row is near it,
  // that excuses no more of them.
  double counted() const {
    return static_cast<double>(rows - std::min(near_the_cut, kMostNearTheCut));
  }
};

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
  Alone of_a, of_b;
  for (std::size_t i = 0; i < used_rows(a); ++i) {
    if (const std::optional<Partner> partner = nearest_free(a[i], b, taken)) {
      taken[partner->row] = true;
      pairing.add({2, 2, partner->distance.score, partner->distance.box});
    } else {
      of_a.add(a[i], b);
    }
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!taken[i]) of_b.add(b[i], a);
  }
  pairing.rows += of_a.counted() + of_b.counted();
  return pairing;
}

}  // namespace effgate
