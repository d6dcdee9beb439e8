#include "harness/cli/recorded_cell.h"

#include <array>

#include "harness/base/text.h"
#include "harness/matrix/axes.h"
#include "harness/matrix/cell.h"

namespace effgate {
namespace {

struct TextMember {
  std::string_view field;
  std::string CellRecord::*member;
};
constexpr std::array kMembers = {
    TextMember{"cell", &CellRecord::name},       TextMember{"checkpoint", &CellRecord::checkpoint},
    TextMember{"model", &CellRecord::model},     TextMember{"library", &CellRecord::library},
    TextMember{"version", &CellRecord::version}, TextMember{"device", &CellRecord::device},
    TextMember{"dtype", &CellRecord::dtype},     TextMember{"size", &CellRecord::size},
    TextMember{"input", &CellRecord::input},     TextMember{"loader", &CellRecord::loader},
};

}  // namespace

std::string field_of(const CellRecord& cell, std::string_view field) {
  if (field == "version" && cell.library == kReferenceLibrary) return "";
  for (const TextMember& known : kMembers)
    if (known.field == field) return cell.*known.member;
  for (const std::string& part : split(cell.further, '+')) {
    const std::size_t equals = part.find('=');
    if (equals != std::string::npos && part.substr(0, equals) == field)
      return part.substr(equals + 1);
  }
  const Axis* axis = find_axis(field);
  const std::string fallback = axis == nullptr ? "" : std::string(axis->fallback);
  return fallback == "own" ? "" : fallback;
}

}  // namespace effgate
