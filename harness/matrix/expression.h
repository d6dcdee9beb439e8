#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// How the values of a field compare.
enum class FieldKind {
  text,     // ==, !=, =~ and in
  number,   // all but =~
  version,  // all; ordered as versions: "2.9" < "2.10"
  flag,     // == and != with true or false
};

struct ExpressionField {
  std::string_view name;
  FieldKind kind = FieldKind::text;
};

// Gives a field's value as text: numbers in decimal, flags as "true" or "false".
using FieldLookup = std::function<std::string(std::string_view field)>;

// A condition over named fields, as in `where`, `--only` and waivers:
//
//   expression  := both { "or" both }            both := term { "and" term }
//   term        := "not" term | "(" expression ")" | comparison
//   comparison  := FIELD ( == | != | < | <= | > | >= ) LITERAL
//                | FIELD =~ "pattern with * and ?"  |  FIELD in [ LITERAL, … ]
//   LITERAL     := "text" | 'text' | number | true | false
//
// It is compiled once and can then be asked about any number of things.
class Expression {
 public:
  // A usage error that names the column and, for an unknown field, the nearest known one.
  static Result<Expression> compile(std::string_view text, std::span<const ExpressionField> fields);

  bool matches(const FieldLookup& lookup) const;
  const std::string& text() const { return text_; }

 private:
  friend class ExpressionCompiler;

  enum class Comparison { equal, unequal, less, less_equal, greater, greater_equal, pattern, in };
  struct Test {
    std::string field;
    FieldKind kind = FieldKind::text;
    Comparison comparison = Comparison::equal;
    std::vector<std::string> literals;
  };
  // The program in postfix order. `test` pushes the result of tests_[index].
  enum class StepKind { test, negate, both, either };
  struct Step {
    StepKind kind;
    std::size_t index = 0;
  };

  Expression() = default;
  static bool holds(const Test& test, const std::string& value);

  std::string text_;
  std::vector<Test> tests_;
  std::vector<Step> steps_;
};

}  // namespace effgate
