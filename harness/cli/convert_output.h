#pragma once

#include <filesystem>

#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/console.h"
#include "harness/layout/conversion.h"

namespace effgate {

// What was converted, for a person and for a program (schema effgate.convert/1).
struct ConvertedFile {
  const Checkpoint& source;
  std::filesystem::path output;
  Container format;
  const Conversion& conversion;
};
void print_conversion(Console& console, const ConvertedFile& converted);
void print_conversion_json(Console& console, const ConvertedFile& converted);

}  // namespace effgate
