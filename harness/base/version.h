#pragma once

#include <compare>
#include <string_view>

namespace effgate {

// Orders library versions by number: 2.9 < 2.10, 2.1 == 2.1.0, and a pre-release before its
// release (2.1.0rc1 < 2.1.0). What follows a plus (2.1.0+cpu) does not count.
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

// The order in which people expect library names: the text before the first digit, then what
// follows as a version.
bool library_name_less(std::string_view a, std::string_view b);

}  // namespace effgate
