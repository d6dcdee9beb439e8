#include "harness/matrix/expression.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace effgate {
namespace {

constexpr std::array kFields = {
    ExpressionField{"library", FieldKind::text},
    ExpressionField{"version", FieldKind::version},
    ExpressionField{"threads", FieldKind::number},
    ExpressionField{"capture", FieldKind::flag},
    ExpressionField{"dtype", FieldKind::text},
    ExpressionField{"num_classes", FieldKind::number},
};

const std::map<std::string, std::string, std::less<>> kThing = {
    {"library", "torch-2.10.0"}, {"version", "2.10.0"}, {"threads", "12"},
    {"capture", "true"},         {"dtype", "float16"},  {"num_classes", ""},
};

bool holds(std::string_view text) {
  const auto expression = Expression::compile(text, kFields);
  EXPECT_TRUE(expression.ok()) << (expression.ok() ? "" : expression.error().message);
  return expression.ok() &&
         expression->matches([](std::string_view field) { return kThing.find(field)->second; });
}

std::string refusal(std::string_view text) {
  const auto expression = Expression::compile(text, kFields);
  if (expression.ok()) return "accepted";
  EXPECT_EQ(expression.error().kind, ErrorKind::usage);
  return expression.error().message;
}

struct Case {
  std::string_view text;
  bool expected;
};

class ExpressionHolds : public testing::TestWithParam<Case> {};

TEST_P(ExpressionHolds, as_written_in_the_case) {
  EXPECT_EQ(holds(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ExpressionHolds,
    testing::Values(Case{R"(library == "torch-2.10.0")", true},
                    Case{R"(library == 'torch-2.10.0')", true},
                    Case{R"(library == "torch-*")", false}, Case{R"(library =~ "torch-*")", true},
                    Case{R"(library != "reference")", true},
                    Case{R"(library in ["reference", "torch-2.10.0"])", true},
                    Case{R"(library in ["reference"])", false}, Case{R"(version < "2.9")", false},
                    Case{R"(version >= "2.10")", true}, Case{R"(version == "2.10")", true},
                    Case{R"(version =~ "2.*")", true}, Case{"threads > 9", true},
                    Case{"threads <= 12.0", true}, Case{"threads in [1, 2, 12]", true},
                    Case{"capture == true", true}, Case{"capture != true", false},
                    Case{R"(not dtype == "float32")", true},
                    Case{R"(not not dtype == "float32")", false},
                    // and binds tighter than or
                    Case{R"(threads == 12 or threads == 1 and threads == 2)", true},
                    Case{R"((threads == 12 or threads == 1) and threads == 2)", false},
                    // what has no number is neither below nor above one
                    Case{"num_classes < 5", false}, Case{"num_classes >= 0", false},
                    Case{"num_classes != 90", true}));

struct Refusal {
  std::string_view text;
  std::string_view says;
};

class ExpressionRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ExpressionRefuses, and_says_where_and_why) {
  EXPECT_NE(refusal(GetParam().text).find(GetParam().says), std::string::npos)
      << refusal(GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ExpressionRefuses,
    testing::Values(
        Refusal{R"(libary == "x")", "column 1: unknown field 'libary', did you mean library?"},
        Refusal{"threads = 1", "column 9: write == to compare"},
        Refusal{"threads ==", "column 11: 'threads' is compared with a number"},
        Refusal{"", "column 1: expected the name of a field"},
        Refusal{R"(library < "torch")", "column 9: 'library' cannot be compared with <"},
        Refusal{R"(threads =~ "1*")", "'threads' cannot be compared with =~"},
        Refusal{"version < 2.10", "column 11: 'version' is compared with a version in quotes"},
        Refusal{"library == torch", "column 12: 'library' is compared with text in quotes"},
        Refusal{R"(library == "x)", "column 12: the text that starts here has no closing"},
        Refusal{R"(capture == "true")", "'capture' is compared with true or false"},
        Refusal{"(threads == 1", "column 14: expected ')'"},
        Refusal{"threads == 1)", "column 13: expected 'and', 'or' or the end"},
        Refusal{"threads in [1", "column 14: expected ',' or ']'"},
        Refusal{"threads in []", "column 13: 'threads' is compared with a number"},
        Refusal{"threads == 1 & capture == true", "column 14: unexpected character"},
        Refusal{"threads == 1-2", "'1-2' is no number"}));

TEST(Expression, accepts_sixty_parentheses_and_refuses_a_hundred_thousand) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "threads == 12" + std::string(depth, ')');
  };
  EXPECT_TRUE(holds(nested(60)));
  EXPECT_NE(refusal(nested(1000)).find("nested too deep"), std::string::npos);
  EXPECT_NE(refusal(nested(100000)).find("at most"), std::string::npos);
}

TEST(Expression, survives_every_cut_of_a_long_one) {
  const std::string whole =
      R"(not (library in ["a", "b"] or version < "2.1") and threads >= 2 and capture == true)";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto expression = Expression::compile(whole.substr(0, length), kFields);
    if (!expression.ok()) {
      EXPECT_EQ(expression.error().kind, ErrorKind::usage);
    }
  }
  EXPECT_TRUE(Expression::compile(whole, kFields).ok());
}

}  // namespace
}  // namespace effgate
