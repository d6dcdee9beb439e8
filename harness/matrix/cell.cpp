#include "harness/matrix/cell.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "harness/base/text.h"
#include "harness/matrix/axes.h"

namespace effgate {
namespace {

constexpr std::array kFields = {
    ExpressionField{"cell", FieldKind::text},
    ExpressionField{"checkpoint", FieldKind::text},
    ExpressionField{"model", FieldKind::text},
    ExpressionField{"library", FieldKind::text},
    ExpressionField{"version", FieldKind::version},
    ExpressionField{"device", FieldKind::text},
    ExpressionField{"dtype", FieldKind::text},
    ExpressionField{"size", FieldKind::text},
    ExpressionField{"input", FieldKind::text},
    ExpressionField{"loader", FieldKind::text},
    ExpressionField{"batch", FieldKind::number},
    ExpressionField{"threads", FieldKind::number},
    ExpressionField{"memory_format", FieldKind::text},
    ExpressionField{"precision", FieldKind::text},
    ExpressionField{"onednn", FieldKind::flag},
    ExpressionField{"isa", FieldKind::text},
    ExpressionField{"deterministic", FieldKind::flag},
    ExpressionField{"cudnn_benchmark", FieldKind::flag},
    ExpressionField{"capture", FieldKind::flag},
    ExpressionField{"ema", FieldKind::flag},
    ExpressionField{"num_classes", FieldKind::number},
};

struct TextMember {
  std::string_view field;
  std::string Cell::*member;
};
constexpr std::array kMembers = {
    TextMember{"cell", &Cell::name},       TextMember{"checkpoint", &Cell::checkpoint},
    TextMember{"model", &Cell::model},     TextMember{"library", &Cell::library},
    TextMember{"version", &Cell::version}, TextMember{"device", &Cell::device},
    TextMember{"dtype", &Cell::dtype},     TextMember{"size", &Cell::size},
    TextMember{"input", &Cell::input},     TextMember{"loader", &Cell::loader},
};

}  // namespace

const std::string& Cell::axis(std::string_view axis_name) const {
  const auto found = further.find(axis_name);
  assert(found != further.end() && "a cell has a value for every axis");
  return found->second;
}

long long Cell::integer(std::string_view axis_name) const {
  return parse_integer(axis(axis_name)).value_or(0);
}

bool Cell::flag(std::string_view axis_name) const { return axis(axis_name) == "true"; }

std::string stable_name(const Cell& cell) {
  return cell.model + "/" + percent_encode(cell.checkpoint, ":") + "/" + cell.library + "/" +
         cell.device + "/" + cell.dtype + "/" + cell.size + further_suffix(cell);
}

std::string name_without_library(Cell cell) {
  cell.library.clear();
  return stable_name(cell);
}

std::string further_suffix(const Cell& cell) {
  auto labelled = cell.further;
  labelled["input"] = cell.input;
  labelled["loader"] = cell.loader;
  std::string suffix;
  for (const auto& [key, value] : labelled) {
    const Axis* axis = find_axis(key);
    if (axis == nullptr || value == axis->fallback) continue;
    suffix += "+" + key + "=" + percent_encode(value, ":");
  }
  return suffix;
}

std::span<const ExpressionField> cell_fields() { return kFields; }

std::string field_of(const Cell& cell, std::string_view field) {
  if (field == "version" && cell.library == kReferenceLibrary) return "";
  for (const TextMember& known : kMembers) {
    if (known.field == field) return cell.*known.member;
  }
  const auto found = cell.further.find(field);
  if (found == cell.further.end() || found->second == "own") return "";
  return found->second;
}

bool matches(const Expression& expression, const Cell& cell) {
  return expression.matches([&](std::string_view field) { return field_of(cell, field); });
}

}  // namespace effgate
