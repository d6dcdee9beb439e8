// The runner with the real effgate-cell and the backend that misbehaves on demand.

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/base/files.h"
#include "harness/matrix/expand.h"
#include "harness/runner/process_launcher.h"
#include "harness/runner/runner.h"

namespace effgate {
namespace {

std::filesystem::path folder_named(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : ".";
}

// Asks for a stop when the first cell has ended, where it is told to.
class StoppingObserver : public RunObserver {
 public:
  void started(RunId, std::size_t, std::size_t) override {}
  void preparing(std::string_view) override {}
  void cell_started(const Cell&) override {}
  void cell_finished(const CellRecord&, std::size_t, std::size_t) override {
    if (stop != nullptr) stop->request();
  }
  void warning(std::string_view) override {}

  StopRequest* stop = nullptr;
};

class MisbehavingCells : public testing::Test {
 protected:
  void SetUp() override {
    auto directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory.ok());
    directory_.emplace(*std::move(directory));
    auto store = Store::create_or_open(directory_->path() / "a.db");
    ASSERT_TRUE(store.ok());
    store_.emplace(*std::move(store));
    options_.places = {folder_named("EFFGATE_BUILD_DIR") / "effgate-cell",
                       directory_->path() / "cache",
                       folder_named("EFFGATE_SOURCE_DIR") / "fixtures"};
    options_.judge = [](const Cell&, std::span<const DriftRow>) { return CellEnding{}; };
    options_.reproduce = [](const Cell& cell) { return cell.name; };
  }

  void offer(std::string name, std::string adapter) {
    options_.libraries.push_back({std::move(name), "1", std::move(adapter), "", ""});
  }

  RunSummary run(std::string_view settings) {
    const std::string text = "name = \"a\"\n" + std::string(settings) + R"(
[[matrix]]
checkpoint = ["recipe:lite0"]
library = ["*"]
size = ["128x128"]
)";
    auto suite = parse_suite(text, directory_->path() / "s.toml");
    EXPECT_TRUE(suite.ok());
    ExpandOptions expand_options;
    for (const RunLibrary& library : options_.libraries) {
      expand_options.libraries.push_back({library.name, library.version});
    }
    auto expansion = expand(*suite, expand_options);
    EXPECT_TRUE(expansion.ok());
    auto launcher = ProcessLauncher::create(options_.places.cell_program);
    EXPECT_TRUE(launcher.ok());
    auto summary = run_cells(*suite, expansion->cells, options_, *store_, **launcher, observer_);
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().message);
    return summary.ok() ? *summary : RunSummary{};
  }

  std::string outcomes(RunId run) {
    std::string text;
    const auto cells = store_->cells(run);
    EXPECT_TRUE(cells.ok());
    for (const StoredCell& stored : *cells) {
      text += stored.cell.library + ": " + std::string(to_string(stored.cell.status)) + " " +
              stored.cell.reason + "\n";
    }
    return text;
  }

  std::optional<TemporaryDirectory> directory_;
  std::optional<Store> store_;
  RunOptions options_;
  StoppingObserver observer_;
};

TEST_F(MisbehavingCells, cost_nothing_but_themselves) {
  offer("a-crashes", "builtin:testing:crash@40");
  offer("b-aborts", "builtin:testing:abort@40");
  offer("c-exits", "builtin:testing:exit@40");
  offer("d-eats", "builtin:testing:eat_memory@40:64e9");
  offer("e-hangs", "builtin:testing:hang@40");
  offer("f-raises", "builtin:testing:library_error@40");
  offer("g-lacks", "builtin:testing:unsupported@40");
  offer("h-varies", "builtin:testing:nondeterministic:1e-3");
  offer("i-overflows", "builtin:testing:nan@40");
  offer("j-missing", "/nowhere/libadapter.so");
  offer("k-sound", "builtin:testing");
  options_.jobs = 2;
  const RunSummary summary = run("timeout_s = 10\nmemory_mb = 2000");
  EXPECT_EQ(outcomes(summary.run),
            "a-crashes: crash segmentation_fault\n"
            "b-aborts: crash abort\n"
            "c-exits: crash exited\n"
            "d-eats: oom host_memory\n"
            "e-hangs: timeout deadline\n"
            "f-raises: library_error raised\n"
            "g-lacks: unsupported no_kernel\n"
            "h-varies: nondeterministic repeats_differ\n"
            "i-overflows: nonfinite nan_or_infinity\n"
            "j-missing: library_missing not_loaded\n"
            "k-sound: pass \n");
}

TEST_F(MisbehavingCells, go_on_after_an_interruption_where_the_run_stopped) {
  offer("a", "builtin:testing");
  offer("b", "builtin:reference");
  auto stop = StopRequest::manual();
  ASSERT_TRUE(stop.ok());
  observer_.stop = &*stop;
  options_.stop = &*stop;
  const RunSummary stopped = run("timeout_s = 60");
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(outcomes(stopped.run), "a: pass \nb: not_run not_reached\n");

  observer_.stop = nullptr;
  options_.stop = nullptr;
  options_.resume = true;
  const RunSummary resumed = run("timeout_s = 60");
  EXPECT_EQ(resumed.run, stopped.run);
  EXPECT_EQ(resumed.resumed, 1u);
  EXPECT_EQ(outcomes(resumed.run), "a: pass \nb: pass \n");
}

TEST_F(MisbehavingCells, leave_the_truth_within_float32_of_the_reference) {
  offer("a", "builtin:reference");
  const RunSummary summary = run("timeout_s = 60");
  const auto drift = store_->drift_of_run(summary.run);
  ASSERT_TRUE(drift.ok());
  ASSERT_EQ(drift->size(), 1u);
  std::size_t compared = 0;
  for (const DriftRow& row : drift->begin()->second) {
    if (row.metric != "rel_rms") continue;
    EXPECT_GT(row.value, 0) << row.tap;
    EXPECT_LT(row.value, 1e-4) << row.tap;
    ++compared;
  }
  EXPECT_EQ(compared, 10u);  // class and box of five levels
}

}  // namespace
}  // namespace effgate
