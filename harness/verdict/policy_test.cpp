#include "harness/verdict/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/hash.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kWhole = R"(
[float32]
max_rms = 1e-4
max_abs = 1e-3
min_detections = 0.9
[float32.class]
max_rms = 5e-5
[float32."class/3"]
max_abs = 1
[float16]
[gate]
max_slowdown = 0.2
max_memory_growth = 0.5
false_discovery_rate = 0.01
max_drift_growth = 3
min_restarts = 4
min_samples = 5
[[waiver]]
where = 'dtype == "float16"'
reason = "known"
owner = "me"
until = 2026-02-28
[[waiver]]
where = 'x'
reason = "known"
owner = "me"
until = "2026-03-01"
)";

std::string refusal(std::string_view text) {
  const auto policy = parse_policy(text, "p.toml");
  if (policy.ok()) return "accepted";
  EXPECT_EQ(policy.error().kind, ErrorKind::usage);
  return policy.error().message;
}

TEST(Policy, reads_everything_it_may_hold) {
  const auto policy = parse_policy(kWhole, "p.toml");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->text, kWhole);
  EXPECT_EQ(policy->sha256, sha256_hex(kWhole));
  EXPECT_EQ(policy->dtypes.at("float32").all.max_rms, 1e-4);
  EXPECT_EQ(policy->dtypes.at("float32").min_detections, 0.9);
  EXPECT_FALSE(policy->dtypes.at("float16").all.max_rms.has_value());
  EXPECT_FALSE(policy->dtypes.contains("float64"));
  EXPECT_EQ(policy->gate.max_slowdown, 0.2);
  EXPECT_EQ(policy->gate.max_memory_growth, 0.5);
  EXPECT_EQ(policy->gate.false_discovery_rate, 0.01);
  EXPECT_EQ(policy->gate.max_drift_growth, 3);
  EXPECT_EQ(policy->gate.min_restarts, 4);
  EXPECT_EQ(policy->gate.min_samples, 5);
  ASSERT_EQ(policy->waivers.size(), 2u);
  EXPECT_EQ(policy->waivers[0].where, "dtype == \"float16\"");
  EXPECT_EQ(policy->waivers[0].until, "2026-02-28");
  EXPECT_EQ(policy->waivers[1].until, "2026-03-01");
  EXPECT_EQ(policy->waivers[1].line, 23);
}

TEST(Policy, the_most_specific_limit_of_an_output_counts) {
  const auto policy = parse_policy(kWhole, "p.toml");
  const DtypeLimits& limits = policy->dtypes.at("float32");
  EXPECT_EQ(limits.for_tap("box/3").max_rms, 1e-4);
  EXPECT_EQ(limits.for_tap("class/4").max_rms, 5e-5);
  EXPECT_EQ(limits.for_tap("class/4").max_abs, 1e-3);
  EXPECT_EQ(limits.for_tap("class/3").max_rms, 5e-5);
  EXPECT_EQ(limits.for_tap("class/3").max_abs, 1);
}

TEST(Policy, an_empty_file_limits_nothing) {
  const auto policy = parse_policy("", "p.toml");
  ASSERT_TRUE(policy.ok());
  EXPECT_TRUE(policy->dtypes.empty());
}

TEST(Policy, a_waiver_holds_through_its_last_day) {
  const Waiver waiver{"x", "r", "o", "2026-02-28", 1};
  EXPECT_FALSE(waiver.expired("2026-02-28"));
  EXPECT_TRUE(waiver.expired("2026-03-01"));
  EXPECT_FALSE(waiver.expired("2025-12-31"));
}

struct Refusal {
  std::string_view text;
  std::string_view message;
};

TEST(Policy, refuses_what_it_does_not_know_and_says_where) {
  constexpr Refusal kCases[] = {
      {"[float23]\n", "p.toml:1: unknown key 'float23' in a policy, did you mean float32"},
      {"[float32]\nmax_rsm = 1\n",
       "p.toml:2: unknown key 'max_rsm' in [float32], did you mean max_rms"},
      {"[float32.class]\nmin_detections = 1\n", "p.toml:2: unknown key 'min_detections' in "},
      {"[float32.clas]\n", "p.toml:1: unknown key 'clas' in [float32], did you mean class"},
      {"[float32.\"class/x\"]\n", "p.toml:1: unknown key 'class/x' in [float32]"},
      {"[gate]\n\nmax_slowdwon = 1\n",
       "p.toml:3: unknown key 'max_slowdwon' in [gate], did you mean max_slowdown"},
      {"[[waiver]]\nwere = 'x'\n",
       "p.toml:2: unknown key 'were' in [[waiver]], did you mean where"},
  };
  for (const Refusal& expected : kCases)
    EXPECT_THAT(refusal(expected.text), StartsWith(std::string(expected.message)));
}

TEST(Policy, refuses_values_that_cannot_be) {
  constexpr Refusal kCases[] = {
      {"[float32]\nmax_rms = -1\n", "p.toml:2: 'max_rms' must be a number from 0 to"},
      {"[float32]\nmax_rms = nan\n", "'max_rms' must be a number"},
      {"[float32]\nmax_abs = inf\n", "'max_abs' must be a number"},
      {"[float32]\nmax_abs = \"1\"\n", "'max_abs' must be a number"},
      {"[float32]\nmin_detections = 1.5\n", "'min_detections' must be a number from 0 to 1"},
      {"float32 = 3\n", "'float32' must be a table"},
      {"[float32]\nclass = 3\n", "'class' must be a table"},
      {"gate = []\n", "'gate' must be a table"},
      {"[gate]\nmin_restarts = 1\n", "'min_restarts' must be an integer from 2 to 1000"},
      {"[gate]\nmin_restarts = 2.5\n", "'min_restarts' must be an integer"},
      {"[gate]\nfalse_discovery_rate = 2\n", "must be a number from 0 to 1"},
      {"[waiver]\n", "'waiver' must be written as [[waiver]]"},
      {"[[waiver]]\nwhere = 'x'\n", "p.toml:1: [[waiver]] lacks 'reason'"},
      {"[[waiver]]\nwhere = ''\n", "p.toml:2: 'where' is empty"},
      {"[[waiver]]\nwhere = 3\n", "'where' must be text"},
      {"[[waiver]]\nwhere='x'\nreason='r'\nowner='o'\nuntil='soon'\n",
       "p.toml:5: 'until' must be a day written as YYYY-MM-DD"},
      {"[[waiver]]\nwhere='x'\nreason='r'\nowner='o'\nuntil='2026-02-30'\n", "must be a day"},
      {"[float32\n", "p.toml:1: "},
  };
  for (const Refusal& expected : kCases)
    EXPECT_THAT(refusal(expected.text), HasSubstr(std::string(expected.message)));
}

TEST(Policy, every_prefix_of_a_policy_is_read_or_refused) {
  for (std::size_t length = 0; length <= kWhole.size(); ++length) {
    const auto policy = parse_policy(kWhole.substr(0, length), "p.toml");
    if (!policy.ok()) {
      EXPECT_THAT(policy.error().message, StartsWith("p.toml:"));
    }
  }
}

TEST(Policy, a_missing_file_is_a_wrong_request) {
  const auto directory = TemporaryDirectory::create();
  const auto policy = read_policy(directory->path() / "none.toml");
  EXPECT_EQ(policy.error().kind, ErrorKind::usage);
  EXPECT_THAT(policy.error().message, HasSubstr("none.toml"));
  ASSERT_TRUE(write_file_atomically(directory->path() / "p.toml", kWhole).ok());
  EXPECT_TRUE(read_policy(directory->path() / "p.toml").ok());
}

TEST(Policy, the_default_policy_limits_every_dtype) {
  const auto policy = read_policy("suites/policies/default.toml");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->dtypes.size(), 5u);
  for (const auto& [name, limits] : policy->dtypes) {
    EXPECT_TRUE(limits.all.max_rms.has_value()) << name;
    EXPECT_TRUE(limits.all.max_abs.has_value()) << name;
  }
}

}  // namespace
}  // namespace effgate
