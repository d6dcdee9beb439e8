#pragma once

#include <functional>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"

namespace effgate {

// Runs one request in a forked child; whatever it does ends with the child.
using ServeChild = std::function<void(const ServeRequest&)>;

// Reads a ServeRequest a line from descriptor `input`, forks a child for each and writes the
// ServeEvents to descriptor `output`. At the end of the input it waits for the children that still
// run. The process has one thread and must have run nothing of the library: children inherit it.
Status serve(int input, int output, const ServeChild& child);

}  // namespace effgate
