#pragma once

#include <string>
#include <string_view>

#include "harness/layout/compare.h"

namespace effgate {

// The text of the RuntimeError that PyTorch 2.x raises in a strict load_state_dict of a module of
// class `module`; "" where it raises none. Python names the class of what is no tensor, which is
// not known here: "..." stands for it.
std::string python_load_error(const Comparison& comparison, std::string_view module);

// The TypeError of load_state_dict for what torch.load makes of an archive of a module.
std::string python_archive_error();

}  // namespace effgate
