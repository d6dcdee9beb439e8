#pragma once

#include <array>
#include <cstdint>

namespace effgate {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;

// The rows of a character from the top, the leftmost pixel in bit 4. There are digits, the point
// and the space; anything else is a space.
std::array<std::uint8_t, kGlyphHeight> glyph(char character);

}  // namespace effgate
