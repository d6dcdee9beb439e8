#include "harness/matrix/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<OfferedLibrary> kInstalled = {
    {"torch-2.15.0", "2.15.0"}, {"reference", "0.1.0"}, {"torch-2.6.0", "2.6.0"}};

Suite suite_of(std::string_view text) {
  auto suite = parse_suite("name = \"a\"\n" + std::string(text), "dir/a.toml");
  EXPECT_TRUE(suite.ok()) << (suite.ok() ? "" : suite.error().message);
  return suite.ok() ? *std::move(suite) : Suite{};
}

ExpandOptions options_with(std::vector<OfferedLibrary> libraries = kInstalled) {
  ExpandOptions options;
  options.libraries = std::move(libraries);
  options.own_network = [](const std::filesystem::path& file,
                           const std::string&) -> Result<OwnNetwork> {
    if (file == "dir/lite.pth") return OwnNetwork{"tf_efficientdet_lite0", 90};
    if (file == "dir/mine.pth") return OwnNetwork{"tf_efficientdet_d0", 20};
    return Error{ErrorKind::unsafe, file.string() + " would run code"};
  };
  return options;
}

Expansion expanded(std::string_view text, const ExpandOptions& options = options_with()) {
  const Suite suite = suite_of(text);
  auto expansion = expand(suite, options);
  EXPECT_TRUE(expansion.ok()) << (expansion.ok() ? "" : expansion.error().message);
  return expansion.ok() ? *std::move(expansion) : Expansion{};
}

std::vector<std::string> names(const Expansion& expansion) {
  std::vector<std::string> result;
  for (const Cell& cell : expansion.cells) result.push_back(cell.name);
  return result;
}

ExpandOptions only(std::string_view text) {
  ExpandOptions options = options_with();
  auto expression = Expression::compile(text, cell_fields());
  EXPECT_TRUE(expression.ok());
  if (expression.ok()) options.only = *std::move(expression);
  return options;
}

constexpr std::string_view kTwoByTwo = R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["torch-*", "reference"]
dtype = ["float32", "float16"]
)";

TEST(Expand, names_cells_as_the_contract_does_and_sorts_versions_by_number) {
  EXPECT_THAT(
      names(expanded(kTwoByTwo)),
      ElementsAre("tf_efficientdet_d0/recipe:tf_efficientdet_d0/torch-2.6.0/cpu/float32/native",
                  "tf_efficientdet_d0/recipe:tf_efficientdet_d0/torch-2.6.0/cpu/float16/native",
                  "tf_efficientdet_d0/recipe:tf_efficientdet_d0/torch-2.15.0/cpu/float32/native",
                  "tf_efficientdet_d0/recipe:tf_efficientdet_d0/torch-2.15.0/cpu/float16/native",
                  "tf_efficientdet_d0/recipe:tf_efficientdet_d0/reference/cpu/float32/native",
                  "tf_efficientdet_d0/recipe:tf_efficientdet_d0/reference/cpu/float16/native"));
}

TEST(Expand, gives_the_same_order_whatever_order_libraries_are_offered_in) {
  auto reversed = kInstalled;
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(names(expanded(kTwoByTwo)), names(expanded(kTwoByTwo, options_with(reversed))));
}

TEST(Expand, adds_further_axes_sorted_where_they_are_not_at_their_default) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["file:lite.pth#a/b"]
library = ["reference"]
size = ["256x384"]
threads = [1, 2]
input = ["file:in/x.safetensors"]
batch = [4]
loader = ["library"]
)");
  const std::string base =
      "tf_efficientdet_lite0/file:lite.pth%23a%2Fb/reference/cpu/float32/256x384+batch=4"
      "+input=file:in%2Fx.safetensors+loader=library";
  EXPECT_THAT(names(found), ElementsAre(base, base + "+threads=2"));
  EXPECT_EQ(found.cells[1].integer("threads"), 2);
  EXPECT_FALSE(found.cells[1].flag("capture"));
}

TEST(Expand, asks_a_checkpoint_for_its_own_model_and_keeps_what_went_wrong) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["file:lite.pth", "file:evil.pth", "recipe:d1"]
library = ["reference"]
)");
  ASSERT_EQ(found.cells.size(), 3u);
  EXPECT_EQ(found.cells[0].model, "tf_efficientdet_lite0");
  EXPECT_EQ(found.cells[1].model, "own");
  ASSERT_TRUE(found.cells[1].own_error.has_value());
  EXPECT_EQ(found.cells[1].own_error->kind, ErrorKind::unsafe);
  EXPECT_EQ(found.cells[2].model, "tf_efficientdet_d1");
}

TEST(Expand, takes_the_class_count_of_a_checkpoint_into_its_own_network_alone) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["file:mine.pth", "file:lite.pth"]
library = ["reference"]
[[matrix]]
checkpoint = ["file:mine.pth"]
model = ["d0"]
library = ["reference"]
)");
  ASSERT_EQ(found.cells.size(), 3u);
  EXPECT_THAT(found.cells[0].name, testing::EndsWith("+num_classes=20"));
  EXPECT_EQ(found.cells[1].axis("num_classes"), "own");
  EXPECT_EQ(found.cells[2].axis("num_classes"), "own");
}

TEST(Expand, keeps_an_excluded_cell_with_its_reason_and_leaves_the_others) {
  const auto found = expanded(std::string(kTwoByTwo) + R"(
[[exclude]]
where = 'dtype == "float16" and version < "2.10" and library =~ "torch-*"'
reason = "too old"
)");
  ASSERT_EQ(found.cells.size(), 6u);
  ASSERT_TRUE(found.cells[1].skip.has_value());
  EXPECT_EQ(found.cells[1].skip->reason, "excluded");
  EXPECT_EQ(found.cells[1].skip->message, "too old");
  EXPECT_EQ(std::count_if(found.cells.begin(), found.cells.end(),
                          [](const Cell& cell) { return cell.skip.has_value(); }),
            1);
}

TEST(Expand, takes_an_excluded_cell_back_and_adds_single_cells) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["torch-*"]
[[exclude]]
where = 'library =~ "torch-*"'
reason = "all of them"
[[include]]
where = 'version >= "2.15"'
reason = "but the newest"
[[include]]
checkpoint = "recipe:d0"
library = "torch-2.6.0"
dtype = "float64"
)");
  ASSERT_EQ(found.cells.size(), 3u);
  EXPECT_TRUE(found.cells[0].skip.has_value());
  EXPECT_FALSE(found.cells[1].skip.has_value());
  EXPECT_EQ(found.cells[2].dtype, "float64");
  EXPECT_FALSE(found.cells[2].skip.has_value());
}

TEST(Expand, skips_tf32_where_there_is_no_cuda) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["torch-2.6.0"]
dtype = ["tf32"]
device = ["cpu", "cuda"]
)");
  ASSERT_EQ(found.cells.size(), 2u);
  ASSERT_TRUE(found.cells[0].skip.has_value());
  EXPECT_EQ(found.cells[0].skip->reason, "needs_cuda");
  EXPECT_FALSE(found.cells[1].skip.has_value());
}

TEST(Expand, says_what_is_installed_where_a_pattern_matches_nothing_and_goes_on) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["reference", "tensorflow-*"]
)");
  EXPECT_EQ(found.cells.size(), 1u);
  ASSERT_EQ(found.missing.size(), 1u);
  EXPECT_EQ(found.missing[0].kind, ErrorKind::not_found);
  EXPECT_THAT(found.missing[0].message,
              HasSubstr("dir/a.toml:3: library 'tensorflow-*': matches no installed library; "
                        "installed: reference, torch-2.6.0, torch-2.15.0"));
}

TEST(Expand, keeps_the_cells_of_a_library_that_is_named_and_not_installed) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["reference", "torch-2.0.1"]
)");
  ASSERT_EQ(found.cells.size(), 2u);
  EXPECT_TRUE(found.cells[0].installed);
  EXPECT_FALSE(found.cells[1].installed);
  EXPECT_EQ(found.missing.size(), 1u);
}

TEST(Expand, merges_a_cell_that_two_blocks_give) {
  const auto found = expanded(R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["reference"]
measure = ["load"]
[[matrix]]
checkpoint = ["recipe:d0"]
model = ["d0"]
library = ["ref*"]
measure = ["time"]
)");
  ASSERT_EQ(found.cells.size(), 1u);
  EXPECT_TRUE(found.cells[0].time);
  EXPECT_FALSE(found.cells[0].drift);
}

TEST(Expand, keeps_only_what_was_asked_for) {
  EXPECT_EQ(expanded(kTwoByTwo, only("dtype == 'float16'")).cells.size(), 3u);
  const auto whole = names(expanded(kTwoByTwo));
  EXPECT_THAT(names(expanded(kTwoByTwo, only("cell == \"" + whole[2] + "\""))),
              ElementsAre(whole[2]));
  EXPECT_THAT(expanded(kTwoByTwo, only("dtype == 'bfloat16'")).warnings,
              ElementsAre(HasSubstr("none of the 6 cells")));
}

TEST(Expand, limits_itself_to_the_libraries_given_and_names_unknown_ones) {
  ExpandOptions options = options_with();
  options.only_libraries = {"reference", "torch-9.9"};
  const auto found = expanded(kTwoByTwo, options);
  EXPECT_EQ(found.cells.size(), 2u);
  ASSERT_EQ(found.missing.size(), 1u);
  EXPECT_THAT(found.missing[0].message, HasSubstr("--libs 'torch-9.9'"));
}

constexpr std::string_view kTwelveInputs = R"(
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["torch-*", "reference"]
input = ["recipe:0", "recipe:1", "recipe:2", "recipe:3", "recipe:4", "recipe:5", "recipe:6",
         "recipe:7", "recipe:8", "recipe:9", "recipe:10", "recipe:11"]
)";

Expansion shard_of(std::string_view suite, Shard shard, ExpandOptions options = options_with()) {
  options.shard = shard;
  return expanded(suite, options);
}

TEST(Expand, divides_the_suite_into_shards_without_loss_or_overlap) {
  const auto whole = names(expanded(kTwelveInputs));
  std::multiset<std::string> together;
  for (int i = 1; i <= 3; ++i) {
    const auto part = names(shard_of(kTwelveInputs, {i, 3}));
    EXPECT_LT(part.size(), whole.size());
    together.insert(part.begin(), part.end());
  }
  EXPECT_EQ(together, std::multiset<std::string>(whole.begin(), whole.end()));
}

TEST(Expand, keeps_the_cells_that_a_verdict_compares_in_one_shard) {
  for (int i = 1; i <= 3; ++i) {
    std::map<std::string, int> libraries_of_input;
    for (const Cell& cell : shard_of(kTwelveInputs, {i, 3}).cells) ++libraries_of_input[cell.input];
    for (const auto& [input, libraries] : libraries_of_input) EXPECT_EQ(libraries, 3) << input;
  }
}

TEST(Expand, tells_an_empty_shard_from_a_choice_that_is_empty_in_all) {
  int empty = 0;
  for (int i = 1; i <= 9; ++i) {
    const Expansion part = shard_of(kTwoByTwo, {i, 9});
    EXPECT_EQ(part.asked_for, 6u);
    if (!part.cells.empty()) continue;
    ++empty;
    EXPECT_THAT(part.warnings, ElementsAre(HasSubstr("has none of the 6 cells")));
  }
  EXPECT_GE(empty, 7);  // two groups of cells
  const Expansion nothing = shard_of(kTwoByTwo, {1, 9}, only("dtype == 'flot32'"));
  EXPECT_EQ(nothing.asked_for, 0u);
  EXPECT_THAT(nothing.warnings, ElementsAre(HasSubstr("none of the 6 cells")));
}

TEST(Expand, reads_shards_and_refuses_what_is_none) {
  const auto shard = parse_shard("2/4");
  ASSERT_TRUE(shard.ok());
  EXPECT_EQ(shard->index, 2);
  EXPECT_EQ(shard->count, 4);
  for (const char* wrong : {"0/4", "5/4", "2", "2/0", "a/b", "1/2/3", ""}) {
    EXPECT_FALSE(parse_shard(wrong).ok()) << wrong;
  }
}

// The reference is effgate's, of version 0.1.0.
TEST(Expand, leaves_the_reference_alone_where_versions_of_a_library_are_excluded) {
  const auto found = expanded(
      std::string(kTwoByTwo) +
      "[[exclude]]\nwhere = 'dtype == \"float16\" and version < \"2.7\"'\nreason = \"x\"\n");
  std::vector<std::string> skipped;
  for (const Cell& cell : found.cells)
    if (cell.skip) skipped.push_back(cell.library + " " + cell.dtype);
  EXPECT_THAT(skipped, ElementsAre("torch-2.6.0 float16"));
}

TEST(Expand, warns_about_an_exclude_that_matches_nothing) {
  const auto found = expanded(std::string(kTwoByTwo) +
                              "[[exclude]]\nwhere = 'library == \"torch-*\"'\nreason = \"x\"\n");
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("this exclude matches no cell")));
}

TEST(Expand, refuses_a_size_the_network_cannot_have_and_accepts_one_it_can) {
  const auto with_size = [](std::string_view size) {
    return expand(suite_of("[[matrix]]\ncheckpoint = [\"recipe:d0\"]\nlibrary = [\"reference\"]\n"
                           "size = [\"" +
                           std::string(size) + "\"]\n"),
                  options_with());
  };
  EXPECT_TRUE(with_size("256x256").ok());
  const auto refused = with_size("1x1");
  if (!refused.ok()) {
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  }
}

}  // namespace
}  // namespace effgate
