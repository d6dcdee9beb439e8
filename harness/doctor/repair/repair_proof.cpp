#include "harness/doctor/repair/repair_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "harness/checkpoint/values.h"
#include "harness/layout/compare.h"

namespace effgate {
namespace {

Error unproved(std::string message) { return {ErrorKind::refused, std::move(message)}; }

Status fits_strictly(const Checkpoint& written, std::span<const ParamSpec> schema) {
  const Comparison comparison = compare_strictly(stored_state(written), schema);
  if (comparison.loads() && comparison.dtypes.empty() && comparison.supplied.empty() &&
      written.wrappers().empty())
    return success();
  return unproved(fmt::format("the file written does not fit: {}, {} of another dtype, {} supplied",
                              summary(comparison), comparison.dtypes.size(),
                              comparison.supplied.size()));
}

bool same_numbers(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b, {}, std::bit_cast<std::uint64_t, double>,
                            std::bit_cast<std::uint64_t, double>);
}

Status all_finite(const TensorEntry& tensor) {
  if (!is_floating(tensor.dtype)) return success();
  EFFGATE_ASSIGN(const std::vector<float> values, to_floats(tensor));
  if (std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
    return success();
  return unproved(fmt::format("{} holds NaN or infinity", tensor.name));
}

// Compares one tensor with its source and counts it.
Status compare(const TensorEntry& written, const TensorEntry* source, RepairProof& proof) {
  if (source == nullptr) {
    ++proof.made;
    return success();
  }
  if (written.dtype == source->dtype) {
    ++proof.same_bytes;
    if (contiguous_bytes(written) == contiguous_bytes(*source)) return success();
  } else {
    ++proof.same_values;
    EFFGATE_ASSIGN(const std::vector<double> before, to_doubles(*source));
    EFFGATE_ASSIGN(const std::vector<double> after, to_doubles(written));
    if (same_numbers(before, after)) return success();
  }
  return unproved(
      fmt::format("{} has other values than {} of the source", written.name, source->name));
}

// Every tensor of the source is in the repaired file once, or named as left out.
Status nothing_lost(const Checkpoint& source, const Repair& repair) {
  std::unordered_set<std::string_view> accounted;
  for (const RepairStep& step : repair.steps)
    accounted.insert(step.dropped.begin(), step.dropped.end());
  for (const RepairedTensor& one : repair.tensors) {
    if (one.source != nullptr && !accounted.insert(one.source->name).second)
      return unproved(fmt::format("{} is in the result twice", one.source->name));
  }
  for (const TensorEntry& tensor : source.tensors()) {
    if (!accounted.contains(tensor.name))
      return unproved(fmt::format("{} was left out and no step says so", tensor.name));
  }
  return success();
}

}  // namespace

Result<RepairProof> prove_repair(const Checkpoint& source, const Checkpoint& written,
                                 const Repair& repair, std::span<const ParamSpec> schema) {
  EFFGATE_TRY(fits_strictly(written, schema));
  EFFGATE_TRY(nothing_lost(source, repair));
  RepairProof proof;
  for (const RepairedTensor& one : repair.tensors) {
    const TensorEntry* entry = written.find(one.tensor.name);
    if (entry == nullptr) return unproved(fmt::format("{} was not written", one.tensor.name));
    EFFGATE_TRY(compare(*entry, one.source, proof));
    EFFGATE_TRY(all_finite(*entry));
    ++proof.tensors;
  }
  return proof;
}

}  // namespace effgate
