#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace effgate {

// The prefixes that wrappers (DataParallel, torch.compile, Lightning, a detection bench) put before
// every key, outermost first: {"module.", "model."}. Keys that only a bench adds (`anchors.boxes`)
// need not have them. Empty where there is none.
std::vector<std::string> wrapper_prefixes(std::span<const std::string> names);

// `name` without the prefixes; unchanged where it does not start with all of them.
std::string_view without_prefixes(std::string_view name, std::span<const std::string> prefixes);

}  // namespace effgate
