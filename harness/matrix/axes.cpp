#include "harness/matrix/axes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "harness/base/text.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

constexpr long long kLargestSide = 8192;

constexpr std::array kAxes = {
    Axis{"checkpoint", AxisKind::checkpoint, true, ""},
    Axis{"model", AxisKind::model, true, "own"},
    Axis{"library", AxisKind::library, true, ""},
    Axis{"dtype", AxisKind::choice, true, "float32", "float64 float32 tf32 float16 bfloat16"},
    Axis{"device", AxisKind::choice, true, "cpu", "cpu cuda"},
    Axis{"size", AxisKind::size, true, "native"},
    Axis{"input", AxisKind::input, false, "recipe:0"},
    Axis{"loader", AxisKind::choice, false, "effgate", "effgate library"},
    Axis{"batch", AxisKind::integer, false, "1", {}, 1, 1024},
    Axis{"threads", AxisKind::integer, false, "1", {}, 1, 1024},
    Axis{"memory_format", AxisKind::choice, false, "contiguous", "contiguous channels_last"},
    // reduced lets a library accumulate half-precision products in half precision.
    Axis{"precision", AxisKind::choice, false, "full", "full reduced"},
    Axis{"onednn", AxisKind::flag, false, "true"},
    // The highest instruction set that a library may use on a CPU.
    Axis{"isa", AxisKind::choice, false, "native", "native baseline avx2 avx512"},
    Axis{"deterministic", AxisKind::flag, false, "false"},
    Axis{"cudnn_benchmark", AxisKind::flag, false, "false"},
    Axis{"capture", AxisKind::flag, false, "false"},
    Axis{"ema", AxisKind::flag, false, "false"},
    Axis{"num_classes", AxisKind::count, false, "own", {}, 1, 100000},
    Axis{"measure", AxisKind::measure, false, "load drift", "load drift time"},
};

Error wrong_value(const Axis& axis, std::string_view value, std::string_view expected) {
  return {ErrorKind::usage, fmt::format("{} '{}': expected {}", axis.name,
                                        printable_utf8(value.substr(0, 200)), expected)};
}

std::optional<std::string_view> after(std::string_view prefix, std::string_view value) {
  if (!value.starts_with(prefix) || value.size() == prefix.size()) return std::nullopt;
  return value.substr(prefix.size());
}

std::string plain_path(std::string_view path) {
  return std::filesystem::path(path).lexically_normal().string();
}

Result<std::string> checkpoint_value(const Axis& axis, std::string_view value) {
  if (const auto model = after("recipe:", value)) {
    EFFGATE_ASSIGN(const std::string name, resolve_model_name(*model));
    return "recipe:" + name;
  }
  if (const auto file = after("file:", value)) {
    const std::size_t hash = std::min(file->find('#'), file->size());
    if (hash > 0) {
      return "file:" + plain_path(file->substr(0, hash)) + std::string(file->substr(hash));
    }
  }
  return wrong_value(axis, value, "recipe:MODEL, file:PATH or file:PATH#KEY");
}

Result<std::string> model_value(std::string_view value) {
  if (value == "own") return std::string(value);
  return resolve_model_name(value);
}

Result<std::string> size_value(const Axis& axis, std::string_view value) {
  if (value == "native") return std::string(value);
  const std::vector<std::string> sides = split(value, 'x');
  const auto height = parse_integer(sides.front());
  const auto width = parse_integer(sides.back());
  const auto sound = [](std::optional<long long> side) {
    return side && *side >= 1 && *side <= kLargestSide;
  };
  if (sides.size() != 2 || !sound(height) || !sound(width)) {
    return wrong_value(axis, value,
                       "native or HEIGHTxWIDTH such as 512x512, sides of 1 to 8192 pixels");
  }
  return fmt::format("{}x{}", *height, *width);
}

Result<std::string> input_value(const Axis& axis, std::string_view value) {
  if (const auto image = after("recipe:", value)) {
    const auto number = parse_integer(*image);
    if (number && *number >= 0 && *number <= 1'000'000) return fmt::format("recipe:{}", *number);
  }
  if (const auto file = after("file:", value)) return "file:" + plain_path(*file);
  return wrong_value(axis, value, "recipe:NUMBER or file:PATH");
}

Result<std::string> choice_value(const Axis& axis, std::string_view value) {
  const std::vector<std::string> choices = split(axis.choices, ' ');
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) {
    return std::string(value);
  }
  std::string hint = did_you_mean(value, choices);
  if (value.starts_with("amp-")) hint = "; autocast is reserved and not built";
  return wrong_value(axis, value, join(choices, ", ") + hint);
}

Result<std::string> integer_value(const Axis& axis, std::string_view value) {
  if (axis.kind == AxisKind::count && value == "own") return std::string(value);
  const auto number = parse_integer(value);
  if (!number || *number < axis.least || *number > axis.most) {
    return wrong_value(axis, value, fmt::format("{} to {}", axis.least, axis.most));
  }
  return std::to_string(*number);
}

}  // namespace

std::span<const Axis> all_axes() { return kAxes; }

const Axis* find_axis(std::string_view name) {
  const auto found =
      std::find_if(kAxes.begin(), kAxes.end(), [&](const Axis& axis) { return axis.name == name; });
  return found == kAxes.end() ? nullptr : &*found;
}

Result<std::string> canonical_value(const Axis& axis, std::string_view value) {
  switch (axis.kind) {
    case AxisKind::checkpoint: return checkpoint_value(axis, value);
    case AxisKind::model: return model_value(value);
    case AxisKind::library:
      if (value.empty()) return wrong_value(axis, value, "a library's name or a pattern");
      return std::string(value);
    case AxisKind::size: return size_value(axis, value);
    case AxisKind::input: return input_value(axis, value);
    case AxisKind::choice:
    case AxisKind::measure: return choice_value(axis, value);
    case AxisKind::integer:
    case AxisKind::count: return integer_value(axis, value);
    case AxisKind::flag:
      if (value == "true" || value == "false") return std::string(value);
      return wrong_value(axis, value, "true or false");
  }
  return wrong_value(axis, value, "another value");
}

ImageSize image_size(std::string_view size) {
  const std::size_t cross = size.find('x');
  if (cross == std::string_view::npos) return {};
  return {parse_integer(size.substr(0, cross)).value_or(0),
          parse_integer(size.substr(cross + 1)).value_or(0)};
}

CheckpointSource checkpoint_source(std::string_view checkpoint) {
  if (const auto model = after("recipe:", checkpoint)) return {true, std::string(*model), ""};
  const std::string_view file = after("file:", checkpoint).value_or(checkpoint);
  const std::size_t hash = std::min(file.find('#'), file.size());
  return {false, std::string(file.substr(0, hash)),
          std::string(file.substr(std::min(hash + 1, file.size())))};
}

}  // namespace effgate
