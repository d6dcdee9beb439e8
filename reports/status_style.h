#pragma once

#include <span>
#include <string_view>

#include "reports/report_data.h"

namespace effgate {

// How one cell status looks and what it means in half a sentence. Marks differ in shape, so that
// nothing depends on colour alone.
struct StatusStyle {
  std::string_view status;
  Tone tone;
  std::string_view mark;
  std::string_view meaning;
};

std::span<const StatusStyle> status_styles();
// The row of a status; an unknown one looks like `error`.
const StatusStyle& style_of(std::string_view status);

// The page's class for a tone: good, warn, bad, mute.
std::string_view class_of(Tone tone);
std::string_view mark_of(Tone tone);

}  // namespace effgate
