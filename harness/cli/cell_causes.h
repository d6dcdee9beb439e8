#pragma once

#include "harness/runner/runner.h"

namespace effgate {

// Says of a cell that did not load what `explain` says of its checkpoint and model, or of the
// refusal of the library's own loader. Each pair of file and model is looked at once.
CauseFinder explaining_causes();

}  // namespace effgate
