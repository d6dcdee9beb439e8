#pragma once

#include <cstdint>

namespace effgate {

// The nearest multiple of 8, at least 8, and never less than nine tenths of `exact`: how
// MobileNet's descendants round scaled widths.
std::int64_t round_channels(double exact);

}  // namespace effgate
