#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

// What the values of an axis are.
enum class AxisKind {
  checkpoint,  // recipe:MODEL, file:PATH or file:PATH#KEY
  model,       // own, or a catalogue name (short forms allowed)
  library,     // patterns over the installed libraries
  size,        // native, or HEIGHTxWIDTH
  input,       // recipe:N or file:PATH
  choice,      // one of `choices`
  integer,     // `least` … `most`
  count,       // the same, or own
  flag,        // true or false
  measure,     // a set, not a factor of the product: load, drift, time
};

// One axis of a suite's matrix. Axes that are not `base` appear in a cell's name only where the
// value is not the fallback.
struct Axis {
  std::string_view name;
  AxisKind kind;
  bool base;
  std::string_view fallback;      // values where a suite does not name the axis; "" = must be named
  std::string_view choices = {};  // separated by spaces
  long long least = 0;
  long long most = 0;
};

// Every axis, in the order of the product: the first one varies slowest.
std::span<const Axis> all_axes();
const Axis* find_axis(std::string_view name);

// The value in the one spelling that names and records use: short model names in full, paths
// without "./", sizes as HxW; for `library` the pattern itself. A usage error names what is
// allowed.
Result<std::string> canonical_value(const Axis& axis, std::string_view value);

struct ImageSize {
  long long height = 0;  // 0x0: the model's native size
  long long width = 0;
};
// The meaning of a canonical `size` value.
ImageSize image_size(std::string_view size);

// The parts of a canonical checkpoint value.
struct CheckpointSource {
  bool recipe = false;
  std::string target;  // model name or path
  std::string key;     // what follows '#', or ""
};
CheckpointSource checkpoint_source(std::string_view checkpoint);

}  // namespace effgate
