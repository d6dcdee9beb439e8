#include "harness/matrix/expression.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/base/text.h"
#include "harness/base/version.h"

namespace effgate {
namespace {

constexpr std::size_t kMaxLength = 16 * 1024;
constexpr int kMaxDepth = 64;

enum class TokenKind { word, text, number, symbol, end };
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  std::size_t column = 1;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

Error error_at(std::string_view text, std::size_t column, std::string_view why) {
  return {ErrorKind::usage, fmt::format("expression '{}', column {}: {}",
                                        printable_utf8(text.substr(0, 200)), column, why)};
}

constexpr std::array<std::string_view, 11> kSymbols = {"==", "!=", "<=", ">=", "=~", "<",
                                                       ">",  "(",  ")",  "[",  "]"};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> all() {
    std::vector<Token> tokens;
    while (true) {
      EFFGATE_ASSIGN(Token token, next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::end) return tokens;
    }
  }

 private:
  Result<Token> next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    const std::size_t column = at_ + 1;
    if (at_ == text_.size()) return Token{TokenKind::end, "", column};
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c, column);
    if (is_digit(c) || c == '-' || c == '.') return number(column);
    if (is_word(c)) return Token{TokenKind::word, take_while(is_word), column};
    if (c == ',') return symbol(",", column);
    for (const std::string_view known : kSymbols) {
      if (text_.substr(at_, known.size()) == known) return symbol(known, column);
    }
    return error_at(text_, column, c == '=' ? "write == to compare" : "unexpected character");
  }

  Token symbol(std::string_view known, std::size_t column) {
    at_ += known.size();
    return {TokenKind::symbol, std::string(known), column};
  }

  template <typename Predicate>
  std::string take_while(Predicate predicate) {
    const std::size_t start = at_;
    while (at_ < text_.size() && predicate(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  Result<Token> number(std::size_t column) {
    std::string digits = take_while(
        [](char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e'; });
    if (!parse_number(digits)) return error_at(text_, column, "'" + digits + "' is no number");
    return Token{TokenKind::number, std::move(digits), column};
  }

  Result<Token> quoted(char quote, std::size_t column) {
    std::string content;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return Token{TokenKind::text, std::move(content), column};
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      content += text_[at_];
    }
    return error_at(text_, column, "the text that starts here has no closing quote");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

class ExpressionCompiler {
 public:
  ExpressionCompiler(std::string_view text, std::span<const ExpressionField> fields)
      : text_(text), fields_(fields) {}

  Result<Expression> compile() {
    if (text_.size() > kMaxLength) {
      return Error{ErrorKind::usage, fmt::format("expression of {} characters: at most {} are read",
                                                 text_.size(), kMaxLength)};
    }
    EFFGATE_ASSIGN(tokens_, Tokens(text_).all());
    result_.text_ = std::string(text_);
    EFFGATE_TRY(either(0));
    if (peek().kind != TokenKind::end) return fail("expected 'and', 'or' or the end here");
    return std::move(result_);
  }

 private:
  using Comparison = Expression::Comparison;
  using StepKind = Expression::StepKind;

  Status either(int depth) {
    EFFGATE_TRY(both(depth));
    while (take_word("or")) {
      EFFGATE_TRY(both(depth));
      result_.steps_.push_back({StepKind::either});
    }
    return success();
  }

  Status both(int depth) {
    EFFGATE_TRY(term(depth));
    while (take_word("and")) {
      EFFGATE_TRY(term(depth));
      result_.steps_.push_back({StepKind::both});
    }
    return success();
  }

  Status term(int depth) {
    if (depth == kMaxDepth) return fail("nested too deep here");
    if (take_word("not")) {
      EFFGATE_TRY(term(depth + 1));
      result_.steps_.push_back({StepKind::negate});
      return success();
    }
    if (take_symbol("(")) {
      EFFGATE_TRY(either(depth + 1));
      return take_symbol(")") ? success() : fail("expected ')' here");
    }
    return comparison();
  }

  Status comparison() {
    EFFGATE_ASSIGN(Expression::Test test, field());
    EFFGATE_ASSIGN(test.comparison, comparison_for(test));
    EFFGATE_TRY(test.comparison == Comparison::in ? literal_list(test) : literal(test));
    result_.steps_.push_back({StepKind::test, result_.tests_.size()});
    result_.tests_.push_back(std::move(test));
    return success();
  }

  Result<Expression::Test> field() {
    if (peek().kind != TokenKind::word) return fail("expected the name of a field here");
    const std::string& name = peek().text;
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const auto& known) { return known.name == name; });
    if (found == fields_.end()) return unknown_field(name);
    ++at_;
    Expression::Test test;
    test.field = found->name;
    test.kind = found->kind;
    return test;
  }

  Error unknown_field(const std::string& name) const {
    std::vector<std::string> known;
    for (const ExpressionField& field : fields_) known.emplace_back(field.name);
    std::string hint = did_you_mean(name, known);
    if (hint.empty()) hint = "; the fields are " + join(known, ", ");
    return fail(fmt::format("unknown field '{}'{}", name, hint));
  }

  Result<Comparison> comparison_for(const Expression::Test& test) {
    struct Row {
      std::string_view symbol;
      Comparison comparison;
      bool text, number, version, flag;
    };
    static constexpr std::array<Row, 8> kRows = {{
        {"==", Comparison::equal, true, true, true, true},
        {"!=", Comparison::unequal, true, true, true, true},
        {"<", Comparison::less, false, true, true, false},
        {"<=", Comparison::less_equal, false, true, true, false},
        {">", Comparison::greater, false, true, true, false},
        {">=", Comparison::greater_equal, false, true, true, false},
        {"=~", Comparison::pattern, true, false, true, false},
        {"in", Comparison::in, true, true, true, false},
    }};
    const auto row = std::find_if(kRows.begin(), kRows.end(),
                                  [&](const Row& one) { return one.symbol == peek().text; });
    const bool quoted = peek().kind == TokenKind::text;
    if (row == kRows.end() || quoted) {
      return fail("expected ==, !=, <, <=, >, >=, =~ or in after '" + test.field + "'");
    }
    const std::array<bool, 4> allowed = {row->text, row->number, row->version, row->flag};
    if (!allowed[static_cast<std::size_t>(test.kind)]) {
      return fail(fmt::format("'{}' cannot be compared with {}", test.field, row->symbol));
    }
    ++at_;
    return row->comparison;
  }

  Status literal_list(Expression::Test& test) {
    if (!take_symbol("[")) return fail("expected '[' here");
    do {
      EFFGATE_TRY(literal(test));
    } while (take_symbol(","));
    return take_symbol("]") ? success() : fail("expected ',' or ']' here");
  }

  Status literal(Expression::Test& test) {
    if (const auto problem = literal_problem(test.kind)) {
      return fail(fmt::format("'{}' {}", test.field, *problem));
    }
    test.literals.push_back(peek().text);
    ++at_;
    return success();
  }

  std::optional<std::string_view> literal_problem(FieldKind kind) const {
    const Token& token = peek();
    const bool truth =
        token.kind == TokenKind::word && (token.text == "true" || token.text == "false");
    switch (kind) {
      case FieldKind::text:
        if (token.kind != TokenKind::text) return "is compared with text in quotes";
        return std::nullopt;
      case FieldKind::number:
        if (token.kind != TokenKind::number) return "is compared with a number";
        return std::nullopt;
      case FieldKind::version:
        // 2.10 without quotes would be the number 2.1.
        if (token.kind != TokenKind::text) return "is compared with a version in quotes";
        return std::nullopt;
      case FieldKind::flag:
        if (!truth) return "is compared with true or false";
        return std::nullopt;
    }
    return std::nullopt;
  }

  const Token& peek() const { return tokens_[at_]; }

  bool take_word(std::string_view word) {
    if (peek().kind != TokenKind::word || peek().text != word) return false;
    ++at_;
    return true;
  }

  bool take_symbol(std::string_view symbol) {
    if (peek().kind != TokenKind::symbol || peek().text != symbol) return false;
    ++at_;
    return true;
  }

  Error fail(std::string_view why) const { return error_at(text_, peek().column, why); }

  std::string_view text_;
  std::span<const ExpressionField> fields_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;  // never beyond the end token
  Expression result_;
};

Result<Expression> Expression::compile(std::string_view text,
                                       std::span<const ExpressionField> fields) {
  return ExpressionCompiler(text, fields).compile();
}

namespace {

std::strong_ordering compare_values(FieldKind kind, const std::string& a, const std::string& b) {
  if (kind == FieldKind::version) return compare_versions(a, b);
  if (kind != FieldKind::number) return a.compare(b) <=> 0;
  const double x = parse_number(a).value_or(0);
  const double y = parse_number(b).value_or(0);
  return x < y   ? std::strong_ordering::less
         : x > y ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

}  // namespace

bool Expression::holds(const Test& test, const std::string& value) {
  if (test.comparison == Comparison::pattern) return matches_pattern(value, test.literals.front());
  // What has no such property is neither below nor above nor equal to anything.
  if (value.empty() && test.kind != FieldKind::text) return test.comparison == Comparison::unequal;
  const auto equals = [&](const std::string& literal) {
    return compare_values(test.kind, value, literal) == 0;
  };
  if (test.comparison == Comparison::in) {
    return std::any_of(test.literals.begin(), test.literals.end(), equals);
  }
  const auto order = compare_values(test.kind, value, test.literals.front());
  switch (test.comparison) {
    case Comparison::equal: return order == 0;
    case Comparison::unequal: return order != 0;
    case Comparison::less: return order < 0;
    case Comparison::less_equal: return order <= 0;
    case Comparison::greater: return order > 0;
    case Comparison::greater_equal: return order >= 0;
    case Comparison::pattern:
    case Comparison::in: break;
  }
  return false;
}

bool Expression::matches(const FieldLookup& lookup) const {
  std::vector<bool> stack;
  for (const Step& step : steps_) {
    if (step.kind == StepKind::test) {
      const Test& test = tests_[step.index];
      stack.push_back(holds(test, lookup(test.field)));
      continue;
    }
    if (step.kind == StepKind::negate) {
      stack.back() = !stack.back();
      continue;
    }
    const bool last = stack.back();
    stack.pop_back();
    stack.back() = step.kind == StepKind::both ? stack.back() && last : stack.back() || last;
  }
  return !stack.empty() && stack.back();
}

}  // namespace effgate
