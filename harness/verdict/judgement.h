#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/store/records.h"
#include "harness/verdict/policy.h"

namespace effgate {

// The metric that counts NaN and infinite elements.
inline constexpr std::string_view kNonfinite = "nonfinite";

// A recorded metric and the limit it has to keep.
struct LimitCheck {
  std::string tap;
  std::string metric;  // rel_rms, rel_max, nonfinite or detections_paired
  double value = 0;
  double limit = 0;
  std::string reason;  // beyond_max_rms, beyond_max_abs, detections_lost, nan_or_infinity
  std::string sentence;

  // How far beyond: 2 is twice the limit, infinity where nothing is allowed.
  double excess() const;
  // How much there is of what should not be: the value, or the share of detections lost.
  double amount() const;
};

// What a policy says about the drift of one cell.
struct Judgement {
  CellStatus status = CellStatus::pass;  // pass, drift or nonfinite
  std::string reason;                    // of the worst broken limit, "" for pass
  std::string message;                   // its sentence, "" for pass
  std::vector<LimitCheck> broken;        // worst first
};

// No rows, and a dtype for which the policy has no limits, break none; NaN and infinity in outputs
// break every policy.
Judgement judge_cell(const Policy& policy, std::string_view dtype, std::span<const DriftRow> drift);

}  // namespace effgate
