#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/layout/compare.h"

namespace effgate {

// The keys of one list of a load_state_dict error.
struct KeyList {
  bool given = false;    // the message has such a list
  bool complete = true;  // it ends as Python ends it; false where the text was cut
  std::vector<std::string> keys;
};

// What a Python load_state_dict error says, as far as the text goes.
struct LoadError {
  std::string module;  // the class that was built, "EfficientDet", or ""
  KeyList missing;
  KeyList unexpected;
  std::vector<ShapeMismatch> mismatched;
  bool mismatches_complete = true;
};

// The text without byte order mark, colours and carriage returns.
std::string plain_message(std::string_view text);

// Reads an error out of `text` (already plain), wherever it stands in it; nothing where there is
// none. Keys and shapes beyond a limit of 100,000 are left out and the list counts as cut.
std::optional<LoadError> parse_load_error(std::string_view text);

}  // namespace effgate
