#include "harness/doctor/message/load_error.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

constexpr const char* kWhole =
    "RuntimeError: Error(s) in loading state_dict for EfficientDet:\n"
    "\tMissing key(s) in state_dict: \"a.weight\", \"a.bias\". \n"
    "\tUnexpected key(s) in state_dict: \"b.weight\". \n"
    "\tsize mismatch for c.weight: copying a param with shape torch.Size([9, 88, 1, 1]) from "
    "checkpoint, the shape in current model is torch.Size([810, 88, 1, 1]).\n"
    "\tsize mismatch for c.n: copying a param with shape torch.Size([]) from checkpoint, the "
    "shape in current model is torch.Size([1]).";

TEST(LoadError, reads_keys_shapes_and_the_class_that_was_built) {
  const auto error = parse_load_error(kWhole);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->module, "EfficientDet");
  EXPECT_EQ(error->missing.keys, (std::vector<std::string>{"a.weight", "a.bias"}));
  EXPECT_TRUE(error->missing.complete);
  EXPECT_EQ(error->unexpected.keys, std::vector<std::string>{"b.weight"});
  ASSERT_EQ(error->mismatched.size(), 2U);
  EXPECT_EQ(error->mismatched[0], (ShapeMismatch{"c.weight", {9, 88, 1, 1}, {810, 88, 1, 1}}));
  EXPECT_EQ(error->mismatched[1], (ShapeMismatch{"c.n", {}, {1}}));
  EXPECT_TRUE(error->mismatches_complete);
}

TEST(LoadError, marks_lists_that_were_cut) {
  const auto dots = parse_load_error("Missing key(s) in state_dict: \"a\", \"b\", ... \n");
  ASSERT_TRUE(dots);
  EXPECT_EQ(dots->missing.keys.size(), 2U);
  EXPECT_FALSE(dots->missing.complete);
  const auto inside = parse_load_error("Unexpected key(s) in state_dict: \"a\", \"b.wei");
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->unexpected.keys, std::vector<std::string>{"a"});
  EXPECT_FALSE(inside->unexpected.complete);
}

constexpr std::string_view kShape =
    "size mismatch for c.n: copying a param with shape torch.Size([1]) from checkpoint, the shape "
    "in "
    "current model is torch.Size([2]).";

LoadError with_shape_behind(const std::string& text) {
  return *parse_load_error("Error(s) in loading state_dict for EfficientDet: " + text +
                           std::string(kShape));
}

TEST(LoadError, knows_that_unexpected_keys_are_none_where_shapes_follow_missing_keys) {
  const LoadError whole = with_shape_behind("Missing key(s) in state_dict: \"a\", \"b\". ");
  EXPECT_TRUE(whole.unexpected.complete);
  EXPECT_EQ(whole.mismatches_leading, 1U);
  const LoadError shortened = with_shape_behind("Missing key(s) in state_dict: \"a\", ... . ");
  EXPECT_TRUE(shortened.unexpected.complete);
  EXPECT_FALSE(shortened.missing.complete);
}

TEST(LoadError, concludes_nothing_from_what_a_cut_in_the_middle_may_have_taken) {
  for (const char* text : {"Missing key(s) in state_dict: \"a\", \"b ... ",
                           "Missing key(s) in state_dict: \"a\", ... ",
                           "Missing key(s) in state_dict: \"a\". ... e is torch.Size([3]). ",
                           "Missing key(s) in state_dict: \"a\", \"b ... d\", \"e\". "}) {
    const LoadError cut = with_shape_behind(text);
    EXPECT_EQ(cut.missing.keys, std::vector<std::string>{"a"}) << text;
    EXPECT_FALSE(cut.unexpected.complete) << text;
    EXPECT_EQ(cut.mismatches_leading, 0U) << text;
    EXPECT_EQ(cut.mismatched.size(), 1U) << text;
  }
}

TEST(LoadError, takes_the_first_shape_of_a_tail_for_no_beginning) {
  const std::string tail = "wn to torch.Size([4]). " + std::string(kShape);
  EXPECT_EQ(parse_load_error(tail)->mismatches_leading, 0U);
  EXPECT_EQ(with_shape_behind("").mismatches_leading, 1U);
}

TEST(LoadError, survives_every_cut) {
  const std::string whole = kWhole;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto error = parse_load_error(whole.substr(0, length));
    EXPECT_EQ(error.has_value(), length >= whole.find("Missing") + 29) << length;
    EXPECT_LE(error ? error->mismatched.size() : 0, 2U);
  }
}

TEST(LoadError, finds_none_in_other_text) {
  EXPECT_FALSE(parse_load_error("UserWarning: Detected call of `lr_scheduler.step()`"));
  EXPECT_FALSE(parse_load_error("size mismatch for a: something else").has_value());
}

}  // namespace
}  // namespace effgate
