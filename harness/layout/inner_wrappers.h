#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/layout/compare.h"

namespace effgate {

// What wrappers of a part of a network put inside names: torch.compile of the backbone gives
// "backbone._orig_mod.conv_stem.weight", as do DataParallel, FSDP and activation checkpointing.

// The wrappers that stand behind the first part of `name`, in its order.
std::vector<std::string_view> inner_wrappers(std::string_view name);
std::string without_inner_wrappers(std::string_view name);

// Takes them out of all names and module versions of a state; gives each wrapper once. Nothing is
// done where two tensors would have one name without them.
std::vector<std::string> take_out_inner_wrappers(StoredState& state);

}  // namespace effgate
