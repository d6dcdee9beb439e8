#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/layout/compare.h"

namespace effgate {

// The keys of one list of a load_state_dict error.
struct KeyList {
  bool given = false;  // the message has such a list
  // The text shows the list's end as Python writes it, or that there is no such list.
  bool complete = false;
  std::size_t leading = 0;  // so many of `keys` are the list's first ones, without a gap
  // Where the text shows its end, whatever was left out before; unset where it does not.
  std::optional<std::size_t> end;
  std::vector<std::string> keys;
};

// What an error of loading a state dict says, as far as the text goes.
struct LoadError {
  std::string module;  // the class that was built, "EfficientDet", or ""
  KeyList missing;
  KeyList unexpected;
  std::vector<ShapeMismatch> mismatched;
  bool mismatches_complete = true;
  std::size_t mismatches_leading = 0;
  // The title of the unexpected keys is not in the text: they may be missing ones.
  bool untitled = false;
};

// Reads an error out of `text` (plain, on one line), wherever it stands in it, in the words of
// torch since 0.3, of `_IncompatibleKeys` and of mmdetection; nothing where there is none. Keys and
// shapes beyond a limit of 100,000 are left out and the list counts as cut.
std::optional<LoadError> parse_load_error(std::string_view text);

}  // namespace effgate
