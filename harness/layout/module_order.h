#pragma once

#include <vector>

#include "harness/graph/graph.h"
#include "harness/layout/naming.h"

namespace effgate {

// The tensors in the order in which the modules of the layout's implementation keep them, which is
// that of its files and of Python's complaints. Layouts of effdet's names keep the order given.
std::vector<ParamSpec> in_module_order(Layout layout, std::vector<ParamSpec> tensors);

}  // namespace effgate
