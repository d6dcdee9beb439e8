#pragma once

#include <filesystem>
#include <optional>

#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/console.h"
#include "harness/cli/network_distance.h"
#include "harness/layout/conversion.h"

namespace effgate {

// What was converted, for a person and for a program (schema effgate.convert/1).
struct ConvertedFile {
  const Checkpoint& source;
  std::filesystem::path output;
  Container format;
  const Conversion& conversion;
  std::optional<NetworkDistance> difference;  // between the implementations
};
void print_conversion(Console& console, const ConvertedFile& converted);
void print_conversion_json(Console& console, const ConvertedFile& converted);

}  // namespace effgate
