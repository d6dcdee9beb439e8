#include "harness/matrix/suite.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/hash.h"

namespace effgate {
namespace {

constexpr std::string_view kWhole = R"(name = "quick"
policy = "policies/default.toml"
timeout_s = 30
memory_mb = 2048
[timing]
warm_up = 1
samples = 5
restarts = 2
[[matrix]]
checkpoint = ["recipe:d0", "file:./weights//old.pth#model"]
model = ["own", "lite0"]
library = ["reference", "torch-*"]
dtype = ["float32", "float16"]
size = ["native", "256x0128"]
threads = [1, 2]
capture = [false, true]
num_classes = ["own", 20]
measure = ["load", "drift", "time"]
[[exclude]]
where = 'dtype == "float16" and version < "2.1"'
reason = "no half convolution on a CPU"
[[include]]
checkpoint = "recipe:d0"
library = "reference"
dtype = "float64"
reason = "the truth itself"
[[include]]
where = 'library == "torch-2.0.1"'
reason = "was fixed there"
)";

// A sound suite with one more line in its first table.
std::string with_line(std::string_view line) {
  return "name = \"a\"\n" + std::string(line) +
         "\n[[matrix]]\ncheckpoint = [\"recipe:d0\"]\nlibrary = [\"reference\"]\n";
}

std::string refusal(std::string_view text) {
  const auto suite = parse_suite(text, "dir/a.toml");
  if (suite.ok()) return "accepted";
  EXPECT_EQ(suite.error().kind, ErrorKind::usage);
  return suite.error().message;
}

TEST(Suite, reads_every_key_of_the_contract) {
  const auto suite = parse_suite(kWhole, "dir/a.toml");
  ASSERT_TRUE(suite.ok()) << suite.error().message;
  EXPECT_EQ(suite->name, "quick");
  EXPECT_EQ(suite->policy, "dir/policies/default.toml");
  EXPECT_EQ(suite->timeout_s, 30);
  EXPECT_EQ(suite->memory_mb, 2048u);
  EXPECT_EQ(suite->timing.samples, 5);
  EXPECT_EQ(suite->sha256, sha256_hex(kWhole));
  ASSERT_EQ(suite->matrix.size(), 1u);
  EXPECT_EQ(suite->matrix[0].line, 9);
  ASSERT_EQ(suite->exclude.size(), 1u);
  EXPECT_EQ(suite->exclude[0].line, 19);
  ASSERT_EQ(suite->include.size(), 1u);
  EXPECT_EQ(suite->include[0].reason, "the truth itself");
  EXPECT_EQ(suite->take_back.size(), 1u);
}

TEST(Suite, brings_values_into_one_spelling) {
  const auto suite = parse_suite(kWhole, "dir/a.toml");
  ASSERT_TRUE(suite.ok()) << suite.error().message;
  const AxisValues& axes = suite->matrix[0].axes;
  using Values = std::vector<std::string>;
  EXPECT_EQ(axes.at("checkpoint"),
            (Values{"recipe:tf_efficientdet_d0", "file:weights/old.pth#model"}));
  EXPECT_EQ(axes.at("model"), (Values{"own", "tf_efficientdet_lite0"}));
  EXPECT_EQ(axes.at("size"), (Values{"native", "256x128"}));
  EXPECT_EQ(axes.at("capture"), (Values{"false", "true"}));
  EXPECT_EQ(axes.at("num_classes"), (Values{"own", "20"}));
}

TEST(Suite, finds_paths_below_its_own_folder) {
  const auto suite = parse_suite(kWhole, "dir/a.toml");
  ASSERT_TRUE(suite.ok());
  EXPECT_EQ(path_in_suite(*suite, "weights/x.pth"), "dir/weights/x.pth");
  EXPECT_EQ(path_in_suite(*suite, "../x.pth"), "x.pth");
  EXPECT_EQ(path_in_suite(*suite, "/x.pth"), "/x.pth");
}

struct Line {
  std::string_view line;
  std::string_view says;
};

class SuiteRefuses : public testing::TestWithParam<Line> {};

TEST_P(SuiteRefuses, a_line_and_names_it) {
  ASSERT_EQ(refusal(with_line("")), "accepted");
  EXPECT_NE(refusal(with_line(GetParam().line)).find(GetParam().says), std::string::npos)
      << refusal(with_line(GetParam().line));
}

constexpr std::string_view kBlock =
    "[[matrix]]\ncheckpoint = [\"recipe:d0\"]\nlibrary = [\"reference\"]\n";

INSTANTIATE_TEST_SUITE_P(
    Settings, SuiteRefuses,
    testing::Values(Line{"timeout = 3",
                         "dir/a.toml:2: unknown key 'timeout' in a suite, did you mean timeout_s"},
                    Line{"timeout_s = \"3\"", ":2: 'timeout_s' must be a number"},
                    Line{"timeout_s = 0", ":2: 'timeout_s' must be a number from 0.1"},
                    Line{"timeout_s = nan", "'timeout_s' must be a number"},
                    Line{"memory_mb = 1.5", ":2: 'memory_mb' must be an integer"},
                    Line{"policy = 3", ":2: 'policy' must be text"},
                    Line{"timing = 3", "must be a table"},
                    Line{"timing = {sample = 3}",
                         "unknown key 'sample' in [timing], did you mean samples"},
                    Line{"timing = {samples = 0}", "'samples' must be an integer from 1"},
                    Line{"exclude = 3", "'exclude' must be written as [[exclude]]"},
                    Line{"name = \"b\"", ":2: "}, Line{"= 3", ":2: "},
                    Line{"[[exclude]]\nwhere = 'dtype == \"float16\"'", ":2: 'reason' is missing"},
                    Line{"[[exclude]]\nreason = \"x\"", ":2: 'where' is missing"},
                    Line{"[[exclude]]\nwhere = 'dtyp == \"float16\"'\nreason = \"x\"",
                         ":3: expression 'dtyp == \"float16\"', column 1: unknown field 'dtyp', "
                         "did you mean dtype"},
                    Line{"[[include]]\nwhere = 'threads == 1'\nreason = \"x\"\ndtype = \"float32\"",
                         "unknown key 'dtype'"},
                    Line{"[[include]]\nlibrary = \"reference\"",
                         ":2: [[include]] needs the axis 'checkpoint'"}));

class AxisRefuses : public testing::TestWithParam<Line> {};

TEST_P(AxisRefuses, a_value_and_says_what_is_allowed) {
  const std::string head = "name = \"a\"\n" + std::string(kBlock);
  ASSERT_EQ(refusal(head), "accepted");
  const std::string message = refusal(head + std::string(GetParam().line));
  EXPECT_NE(message.find(":5: "), std::string::npos) << message;
  EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Axes, AxisRefuses,
    testing::Values(
        Line{"dtypes = [\"float32\"]", "unknown key 'dtypes' in [[matrix]], did you mean dtype"},
        Line{"dtype = \"float32\"", "'dtype' must be an array"},
        Line{"dtype = []", "'dtype' is empty"},
        Line{"dtype = [32]", "a value of 'dtype' must be text"},
        Line{"dtype = [\"float23\"]", "did you mean float32"},
        Line{"dtype = [\"amp-float16\"]", "reserved"},
        Line{"dtype = [\"float32\", \"float32\"]", "'dtype' names float32 twice"},
        Line{"size = [\"512\"]", "HEIGHTxWIDTH"}, Line{"size = [\"0x4\"]", "HEIGHTxWIDTH"},
        Line{"size = [\"9999x512\"]", "HEIGHTxWIDTH"},
        Line{"model = [\"efficientdet_dO\"]", "efficientdet_d0"},
        Line{"input = [\"street.jpg\"]", "recipe:NUMBER or file:PATH"},
        Line{"input = [\"recipe:-1\"]", "recipe:NUMBER or file:PATH"},
        Line{"threads = [0]", "1 to 1024"}, Line{"threads = [\"1\"]", "must be an integer"},
        Line{"capture = [1]", "must be true or false"},
        Line{"measure = [\"speed\"]", "load, drift, time"},
        Line{"loader = [\"torch\"]", "effgate, library"}));

TEST(Suite, refuses_a_checkpoint_without_a_scheme_and_accepts_one_with_it) {
  const auto suite = [](std::string_view checkpoint) {
    return "name = \"a\"\n[[matrix]]\nlibrary = [\"reference\"]\ncheckpoint = [\"" +
           std::string(checkpoint) + "\"]\n";
  };
  EXPECT_EQ(refusal(suite("file:a.pth")), "accepted");
  EXPECT_NE(refusal(suite("a.pth")).find(":4: checkpoint 'a.pth'"), std::string::npos);
  EXPECT_NE(refusal(suite("recipe:d99")).find(":4: "), std::string::npos);
  EXPECT_NE(refusal(suite("file:")).find(":4: "), std::string::npos);
}

TEST(Suite, refuses_two_spellings_of_one_checkpoint) {
  EXPECT_NE(refusal("name = \"a\"\n[[matrix]]\nlibrary = [\"reference\"]\n"
                    "checkpoint = [\"recipe:d0\", \"recipe:tf_efficientdet_d0\"]\n")
                .find("twice"),
            std::string::npos);
}

TEST(Suite, refuses_a_file_without_a_name_or_without_cells) {
  EXPECT_NE(refusal(kBlock).find("'name' is missing"), std::string::npos);
  EXPECT_NE(refusal("name = \"a\"").find("nothing to run"), std::string::npos);
}

TEST(Suite, that_cannot_be_read_is_a_usage_error) {
  const auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(directory.ok());
  const auto suite = read_suite(directory->path() / "none.toml");
  ASSERT_FALSE(suite.ok());
  EXPECT_EQ(suite.error().kind, ErrorKind::usage);
  ASSERT_TRUE(write_file_atomically(directory->path() / "a.toml", kWhole).ok());
  EXPECT_TRUE(read_suite(directory->path() / "a.toml").ok());
}

TEST(Suite, of_every_name_in_the_suites_folder_is_sound) {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  std::size_t read = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(source) / "suites")) {
    if (entry.path().extension() != ".toml") continue;
    const auto suite = read_suite(entry.path());
    ASSERT_TRUE(suite.ok()) << suite.error().message;
    EXPECT_EQ(suite->name, entry.path().stem());
    EXPECT_TRUE(std::filesystem::exists(suite->policy)) << suite->policy;
    ++read;
  }
  EXPECT_GE(read, 4u);
}

TEST(Suite, survives_every_cut) {
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    const auto suite = parse_suite(kWhole.substr(0, length), "a.toml");
    if (!suite.ok()) {
      EXPECT_EQ(suite.error().kind, ErrorKind::usage);
    }
  }
}

}  // namespace
}  // namespace effgate
