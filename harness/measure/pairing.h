#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "harness/measure/detections.h"

namespace effgate {

// Rows pair up when they have the same class, scores within kPairScore and every corner within
// kPairPixels.
inline constexpr double kPairScore = 1e-3;
inline constexpr double kPairPixels = 0.5;
// So many rows of a set may be lost at the last rank.
inline constexpr std::size_t kMostNearTheCut = 10;

// How the detections of two runs on one image pair up, one row with one row.
struct DetectionPairing {
  double rows = 0;         // that had to find a partner, of both sets
  double paired = 0;       // that found one
  double worst_score = 0;  // largest difference of scores within a pair
  double worst_box = 0;    // largest difference of a coordinate within a pair, pixels

  double share() const { return rows == 0 ? 1 : paired / rows; }
  void add(const DetectionPairing& other);
};

// Sets that are full are cut at rank 100 wherever noise puts it: a row without partner whose score
// is within kPairScore of the other set's last row does not count, up to kMostNearTheCut of a set.
DetectionPairing pair_detections(const Detections& a, const Detections& b);

struct DetectionMetric {
  std::string_view name;
  double (*value)(const DetectionPairing&);
};

// The metrics of tap `det` by the name under which they are recorded.
inline constexpr std::array<DetectionMetric, 4> kDetectionMetrics = {{
    {"detections_paired", [](const DetectionPairing& pairing) { return pairing.share(); }},
    {"detections", [](const DetectionPairing& pairing) { return pairing.rows / 2; }},
    {"detections_score", [](const DetectionPairing& pairing) { return pairing.worst_score; }},
    {"detections_box", [](const DetectionPairing& pairing) { return pairing.worst_box; }},
}};

}  // namespace effgate
