#pragma once

#include <nlohmann/json.hpp>

#include "harness/cli/console.h"

namespace effgate {

// Keys keep the order in which they are written, so that a document reads as the contract shows it.
using Json = nlohmann::ordered_json;

// One JSON document on standard output. Text that is no valid UTF-8 is replaced, never an error.
void print_json(Console& console, const Json& document);

}  // namespace effgate
