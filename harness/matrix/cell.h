#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/matrix/expression.h"

namespace effgate {

// Why a cell of a suite will not be run.
struct CellSkip {
  std::string reason;   // excluded, needs_cuda
  std::string message;  // one sentence
};

// The library that is built in. Its version is effgate's own, so that expressions, which compare
// versions of LibTorch, find none.
inline constexpr std::string_view kReferenceLibrary = "reference";

// One combination of the matrix. Everything that decides its outcome on a machine is here; the
// name is stable and tells cells of a suite apart.
struct Cell {
  std::string name;
  std::string checkpoint;  // canonical, paths as the suite writes them
  std::string model;       // catalogue name; "own" where the file's could not be told
  std::string library;
  std::string version;  // of the library; "" where it is not installed
  std::string device;
  std::string dtype;
  std::string size;  // "native" or HxW
  std::string input;
  std::string loader;
  std::map<std::string, std::string, std::less<>> further;  // all other axes, canonical values

  bool drift = false;
  bool time = false;
  bool installed = true;  // whether the library is there
  std::optional<CellSkip> skip;
  std::optional<Error> own_error;  // why `own` named no model

  // The value of an axis that is not one of the members above.
  const std::string& axis(std::string_view name) const;
  long long integer(std::string_view name) const;
  bool flag(std::string_view name) const;
};

// MODEL/CHECKPOINT/LIBRARY/DEVICE/DTYPE/SIZE, the checkpoint percent-encoded, then +key=value,
// sorted, for every further axis that is not at its fallback.
std::string stable_name(const Cell& cell);
// The name with an empty LIBRARY: what the cells share that a verdict compares.
std::string name_without_library(Cell cell);
// The part of the name from the first plus on, or "".
std::string further_suffix(const Cell& cell);

// The fields of a cell that expressions may name, and their values.
std::span<const ExpressionField> cell_fields();
std::string field_of(const Cell& cell, std::string_view field);
bool matches(const Expression& expression, const Cell& cell);

}  // namespace effgate
