#include "harness/base/text.h"

#include <gtest/gtest.h>

#include <clocale>

namespace effgate {
namespace {

using Strings = std::vector<std::string>;

TEST(Text, splits_and_joins_without_losing_empty_parts) {
  EXPECT_EQ(split("a,,b,", ','), (Strings{"a", "", "b", ""}));
  EXPECT_EQ(join(split("a,,b,", ','), ","), "a,,b,");
}

TEST(Text, matches_shell_patterns_over_the_whole_text) {
  EXPECT_TRUE(matches_pattern("torch-2.6.0", "torch-*"));
  EXPECT_TRUE(matches_pattern("torch-2.6.0", "*2.?.0"));
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_FALSE(matches_pattern("torch-2.6.0", "torch-2"));
  EXPECT_FALSE(matches_pattern("libtorch-2.6.0", "torch-*"));
  EXPECT_TRUE(matches_pattern("aXbXc", "a*X*c"));
}

TEST(Text, counts_edits_and_swaps) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(Text, names_the_nearest_valid_names_and_none_that_are_far) {
  const Strings valid{"torch-1.13.1", "torch-2.6.0", "reference"};
  EXPECT_EQ(nearest_names("refrence", valid).front(), "reference");
  EXPECT_EQ(did_you_mean("refrence", valid), ", did you mean reference?");
  EXPECT_TRUE(nearest_names("zzzzzzzzzzzz", valid).empty());
}

TEST(Text, encodes_what_a_cell_name_may_not_hold) {
  EXPECT_EQ(percent_encode("file:a b/ü"), "file%3Aa%20b%2F%C3%BC");
  EXPECT_EQ(percent_encode("recipe:d0", ":"), "recipe:d0");
}

TEST(Text, replaces_bytes_that_are_not_text) {
  EXPECT_EQ(printable_utf8("ok ü\n"), "ok ü\n");
  EXPECT_EQ(printable_utf8("a\xff\x01z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(printable_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(printable_utf8("\xe2\x82"), "\uFFFD\uFFFD");            // cut in the middle
}

TEST(Text, what_xml_does_not_admit_is_not_passed_on) {
  EXPECT_EQ(printable_utf8("a\xef\xbf\xbez"), "a\uFFFDz");
  EXPECT_EQ(printable_utf8("a\xef\xbf\xbfz"), "a\uFFFDz");
  EXPECT_EQ(printable_utf8("a\xef\xbf\xbdz"), "a\uFFFDz");
  EXPECT_EQ(printable_utf8("\xee\x80\x80\xf0\x90\x80\x80"), "\xee\x80\x80\xf0\x90\x80\x80");
}

TEST(Text, what_terminals_obey_is_not_passed_on) {
  EXPECT_EQ(printable_utf8("\x1b[31m\x7f"), "\uFFFD[31m\uFFFD");
  EXPECT_EQ(printable_utf8("a\xc2\x9b"
                           "31m"),
            "a\uFFFD31m");                            // CSI as one character of C1
  EXPECT_EQ(printable_utf8("\xc2\xa0"), "\xc2\xa0");  // the first behind C1
}

TEST(Text, a_name_on_a_line_of_its_own_cannot_start_another) {
  EXPECT_EQ(printable_line("ok ü"), "ok ü");
  EXPECT_EQ(printable_line("a\nerror\tb\r"), "a\uFFFDerror\uFFFDb\uFFFD");
}

TEST(Text, python_unpickles_surrogates_but_no_other_bytes_that_are_no_utf8) {
  EXPECT_TRUE(is_utf8_with_surrogates(""));
  EXPECT_TRUE(is_utf8_with_surrogates("weight ü \xf0\x9f\x98\x80"));
  EXPECT_TRUE(is_utf8_with_surrogates("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8_with_surrogates("weight\xff"));
  EXPECT_FALSE(is_utf8_with_surrogates("\xc0\xaf"));
  EXPECT_FALSE(is_utf8_with_surrogates("\xe2\x82"));
}

TEST(Text, writes_numbers_the_same_in_every_locale) {
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(rounded_text(1234.5678, 3), "1.23e+03");
  EXPECT_EQ(*parse_number("1.5"), 1.5);
  std::setlocale(LC_ALL, "C");
  EXPECT_FALSE(parse_number("1.5x").has_value());
  EXPECT_FALSE(parse_integer("1.5").has_value());
  EXPECT_EQ(*parse_integer("-12"), -12);
}

TEST(Text, writes_bytes_for_people) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(3877763), "3.9 MB");
  EXPECT_EQ(bytes_text(887431784), "887 MB");
}

TEST(Text, quotes_words_for_a_shell_only_where_it_must) {
  EXPECT_EQ(shell_quoted("tf_efficientdet_d0/recipe:x"), "tf_efficientdet_d0/recipe:x");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("~/x"), "'~/x'");
}

}  // namespace
}  // namespace effgate
