#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/cli/console.h"

namespace effgate {

// Keys keep the order in which they are written, so that a document reads as the contract shows it.
using Json = nlohmann::ordered_json;

// One JSON document on standard output. Text that is no valid UTF-8 is replaced, never an error.
void print_json(Console& console, const Json& document);

// A member of a document's top level that is made item by item, so that a list as long as a file
// allows never lies in memory as a whole.
struct LongList {
  std::string_view key;
  std::size_t size = 0;
  std::function<Json(std::size_t)> item;
};
// The same with a list in place of what `document` has under its key.
void print_json(Console& console, const Json& document, const LongList& list);

}  // namespace effgate
