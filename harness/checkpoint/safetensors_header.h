#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"

namespace effgate {

// One tensor as the header describes it; nothing is checked against the data yet.
struct SafetensorsEntry {
  std::string name;
  std::string dtype_name;
  std::optional<DType> dtype;  // unset where it is not supported
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes, relative to the data
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> tensors;  // in header order
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Parses the JSON header. It must hold exactly what the format allows: no key twice, non-negative
// integers, texts in __metadata__; anything else is malformed.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json);

// The format's name for a dtype: "BF16".
std::string_view safetensors_name(DType dtype);

}  // namespace effgate
