#include "harness/doctor/message/load_error_reading.h"

#include <fmt/format.h>

#include <algorithm>

namespace effgate {
namespace {

constexpr std::size_t kMostEvidence = 5;

}  // namespace

Cause make_cause(const LoadErrorReading& reading, CauseCode code, std::string summary, Fix fix) {
  return {.code = code,
          .confidence = reading.pairs.best.unexplained == 0 ? 0.95 : 0.7,
          .summary = std::move(summary),
          .evidence = {},
          .details = {},
          .fix = std::move(fix)};
}

std::string repair_command(const LoadErrorReading& reading) {
  const Spelling* built = reading.pairs.best.model;
  const bool only_one = built != nullptr && reading.pairs.models.size() == 1;
  const std::string model = only_one ? built->network->names.front() : "NAME";
  return fmt::format("effgate repair FILE --model {} -o NEW.pth",
                     reading.model.empty() ? model : reading.model);
}

std::vector<std::string> first_of(const std::vector<std::string>& names) {
  return {names.begin(),
          names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostEvidence))};
}

std::vector<std::string> first_of(const std::vector<ShapeMismatch>& mismatches) {
  std::vector<std::string> texts;
  for (const ShapeMismatch& mismatch : mismatches) {
    if (texts.size() < kMostEvidence) texts.push_back(shape_text(mismatch));
  }
  return texts;
}

std::string shape_text(const ShapeMismatch& mismatch) {
  return fmt::format("{}: [{}] in the file, [{}] in the model", mismatch.key,
                     fmt::join(mismatch.file, ","), fmt::join(mismatch.model, ","));
}

}  // namespace effgate
