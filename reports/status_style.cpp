#include "reports/status_style.h"

#include <array>

namespace effgate {
namespace {

constexpr std::array<StatusStyle, 17> kStyles{{
    {"pass", Tone::good, "✓", "loaded, outputs within the policy"},
    {"drift", Tone::warn, "≈", "loaded, outputs beyond the tolerance"},
    {"nonfinite", Tone::bad, "∞", "NaN or infinity where the truth has none"},
    {"nondeterministic", Tone::bad, "⇄", "two runs differ more than the policy allows"},
    {"load_mismatch", Tone::bad, "≠", "keys or shapes do not fit the model"},
    {"load_refused", Tone::warn, "⊘", "the library's own loader refused the file"},
    {"unreadable", Tone::bad, "✂", "no checkpoint, truncated or corrupt"},
    {"unsafe", Tone::bad, "⚠", "the file asks to run code"},
    {"unsupported", Tone::mute, "∅", "no kernel or device for this"},
    {"library_error", Tone::bad, "!", "the library raised an error of its own"},
    {"crash", Tone::bad, "✖", "ended by a signal"},
    {"timeout", Tone::bad, "⏱", "ran past its limit"},
    {"oom", Tone::bad, "▣", "ran out of memory"},
    {"library_missing", Tone::bad, "?", "the library could not be loaded"},
    {"skipped", Tone::mute, "–", "excluded by the suite"},
    {"not_run", Tone::mute, "·", "never reached"},
    {"error", Tone::bad, "E", "a defect of effgate itself"},
}};

}  // namespace

std::span<const StatusStyle> status_styles() { return kStyles; }

const StatusStyle& style_of(std::string_view status) {
  for (const StatusStyle& style : kStyles)
    if (style.status == status) return style;
  return kStyles.back();
}

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "good";
    case Tone::warn: return "warn";
    case Tone::bad: return "bad";
    case Tone::mute: return "mute";
  }
  return "mute";
}

std::string_view mark_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "✓";
    case Tone::warn: return "!";
    case Tone::bad: return "✕";
    case Tone::mute: return "?";
  }
  return "?";
}

}  // namespace effgate
