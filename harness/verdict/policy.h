#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// Limits for the outputs of one dtype; what is not given is not limited.
struct OutputLimits {
  std::optional<double> max_rms;  // rms difference from the truth / rms of the truth
  std::optional<double> max_abs;  // largest difference / rms of the truth
};

struct DtypeLimits {
  OutputLimits all;                                          // outputs without limits of their own
  std::map<std::string, OutputLimits, std::less<>> outputs;  // by "class", "box" or "class/3"
  std::optional<double> min_detections;  // share of detections that must pair up

  // The most specific limit of each kind for a tap.
  OutputLimits for_tap(std::string_view tap) const;
};

struct GateLimits {
  double max_slowdown = 0.10;          // 0.10: forward passes may take 1.10 times as long
  double max_memory_growth = 0.50;     // likewise of the peak resident size
  double false_discovery_rate = 0.05;  // over all timed cells of a comparison
  double max_drift_growth = 2;         // how many times worse drift beyond its limit may get
  std::int64_t min_restarts = 3;       // fresh processes a side, for any word about speed
  std::int64_t min_samples = 3;        // in each of them
};

struct Waiver {
  std::string where;  // an expression over cells, compiled by whoever calls the gate
  std::string reason;
  std::string owner;
  std::string until;  // YYYY-MM-DD, the last day on which it holds
  std::int64_t line = 0;

  // `today` in the same form.
  bool expired(std::string_view today) const { return until < today; }
};

// A policy file.
struct Policy {
  std::filesystem::path file;
  std::string text;    // as it was read
  std::string sha256;  // of the text
  std::map<std::string, DtypeLimits, std::less<>> dtypes;
  GateLimits gate;
  std::vector<Waiver> waivers;
};

// An unreadable file, and every defect in it, is a usage error with file and line; an unknown key's
// says which is near.
Result<Policy> read_policy(const std::filesystem::path& file);
// The same for text that stands for the content of `file`.
Result<Policy> parse_policy(std::string_view text, const std::filesystem::path& file);

}  // namespace effgate
