#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "harness/stats/random.h"
#include "harness/verdict/gate.h"

namespace effgate {
namespace {

constexpr int kComparisons = 400;
constexpr int kCells = 20;
constexpr int kRestarts = 3;
constexpr int kSamples = 10;
constexpr double kWithin = 0.02;   // scatter of the samples of a process
constexpr double kBetween = 0.01;  // scatter of the processes

// Box and Muller's transform of two uniform numbers.
double normal(RandomStream& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

FinishedCell noisy_cell(RandomStream& random, int index, std::string_view library, double seconds) {
  FinishedCell cell;
  cell.cell.name = std::to_string(index) + "/" + std::string(library);
  cell.cell.model = std::to_string(index);
  cell.cell.library = library;
  cell.cell.status = CellStatus::pass;
  for (int restart = 0; restart < kRestarts; ++restart) {
    const double process = seconds * (1 + kBetween * normal(random));
    for (int sample = 0; sample < kSamples; ++sample)
      cell.timing.push_back(
          {"forward", restart, sample, process * (1 + kWithin * normal(random)), std::nullopt});
  }
  return cell;
}

Policy policy_with(double max_slowdown) {
  Policy policy;
  policy.gate.max_slowdown = max_slowdown;
  return policy;
}

// In how many comparisons the gate closes where the new library takes `factor` times as long in the
// first cell and as long in all others.
int closed_gates(std::uint64_t seed, double factor, const Policy& policy) {
  RandomStream random(seed);
  int closed = 0;
  for (int comparison = 0; comparison < kComparisons; ++comparison) {
    RunEvidence run;
    for (int index = 0; index < kCells; ++index) {
      run.cells.push_back(noisy_cell(random, index, "old", 0.2));
      run.cells.push_back(noisy_cell(random, index, "new", index == 0 ? 0.2 * factor : 0.2));
    }
    const Verdict verdict = judge_upgrade(run, "old", "new", {policy, {}, "2026-03-01"});
    closed += verdict.decision == Decision::closed ? 1 : 0;
  }
  return closed;
}

// Where nothing is slower every named cell is a false one, so the rate at which the gate closes is
// the false discovery rate: 20 of 400 expected at most, 4.4 their standard deviation.
TEST(GateInNoise, equal_sides_close_it_no_more_often_than_the_policy_says) {
  EXPECT_LE(closed_gates(1, 1.0, policy_with(0)), 33);
}

TEST(GateInNoise, equal_sides_never_close_it_with_the_usual_limit) {
  EXPECT_EQ(closed_gates(2, 1.0, policy_with(0.10)), 0);
}

TEST(GateInNoise, one_cell_of_twenty_that_is_slower_by_a_fifth_is_found) {
  EXPECT_GE(closed_gates(3, 1.2, policy_with(0.10)), kComparisons * 95 / 100);
}

}  // namespace
}  // namespace effgate
