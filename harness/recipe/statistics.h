#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/graph/graph.h"

namespace effgate {

// A tensor as a file holds it; the bytes belong to the file's reader.
struct StoredTensor {
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};
using TensorLookup = std::function<std::optional<StoredTensor>(const std::string& name)>;

// The name under which a golden or statistics file stores a running statistic.
std::string stored_statistic_name(const ParamSpec& param);

// The bytes of one running statistic out of such a file. Errors: not in the file (not_found), or
// there with another dtype, shape or length (malformed).
Result<std::vector<std::byte>> stored_statistic(const ParamSpec& param, const TensorLookup& file);

// Any state-dict entry of the recipe: by rule, or out of the file.
Result<std::vector<std::byte>> make_parameter(const ParamSpec& param, std::uint64_t seed,
                                              const TensorLookup& statistics);

}  // namespace effgate
