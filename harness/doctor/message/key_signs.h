#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace effgate {

// What keys say by themselves, whatever networks are known.

// "state_dict": training programs put a state dict under it.
bool is_container_key(std::string_view key);
// "optimizer": they put it beside that.
bool is_training_key(std::string_view key);
// "zylo117": whose names some are that no key of effdet's begins like; "" where none is.
std::string_view implementation_of(const std::vector<std::string>& names);

}  // namespace effgate
