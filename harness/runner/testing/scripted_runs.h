#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/matrix/expand.h"
#include "harness/runner/runner.h"

namespace effgate {

// Ends every job as the test's script says, in the order of starting, and remembers what it was
// asked for. Recipes and truths are made as empty files unless the script says otherwise.
class ScriptedLauncher : public Launcher {
 public:
  using Script = std::function<JobEnd(const LaunchRequest&)>;
  explicit ScriptedLauncher(Script script) : script_(std::move(script)) {}

  Result<Ticket> start(const LaunchRequest& request) override {
    asked.push_back(request);
    JobEnd end = is_preparation(request) ? made(request) : script_(request);
    end.ticket = ++last_;
    waiting_.push_back(std::move(end));
    most_at_once = std::max(most_at_once, waiting_.size());
    return last_;
  }

  Result<std::optional<JobEnd>> wait(const StopRequest*) override {
    if (stop_after && asked.size() > *stop_after) return std::optional<JobEnd>();
    std::optional<JobEnd> end = std::move(waiting_.front());
    waiting_.pop_front();
    return end;
  }

  std::vector<std::string> cells_asked() const {
    std::vector<std::string> names;
    for (const LaunchRequest& request : asked) {
      if (!is_preparation(request)) names.push_back(request.job.cell);
    }
    return names;
  }

  std::size_t preparations() const { return asked.size() - cells_asked().size(); }

  std::vector<LaunchRequest> asked;
  std::size_t most_at_once = 0;
  std::optional<std::size_t> stop_after;
  std::optional<EndRecord> truth_ends;  // instead of being made

 private:
  static bool is_preparation(const LaunchRequest& request) {
    return request.job.kind != JobKind::measure;
  }

  JobEnd made(const LaunchRequest& request) const {
    JobEnd end;
    end.outcome = Exited{0};
    if (request.job.kind == JobKind::truth && truth_ends) {
      end.records.push_back(*truth_ends);
      return end;
    }
    EXPECT_TRUE(write_file_atomically(request.job.output_path, request.job.model).ok());
    end.records.push_back(EndRecord{"measured", "", "", 0});
    return end;
  }

  Script script_;
  Ticket last_ = 0;
  std::deque<JobEnd> waiting_;
};

inline JobEnd measured(const LaunchRequest& request) {
  JobEnd end;
  end.outcome = Exited{0};
  end.seconds = 1;
  if (request.job.drift) end.records.push_back(DriftMeasure{"class/3", "rel_rms", 1e-7});
  end.records.push_back(TimingSample{"model_upload", request.job.timing.restart, 0, 0.5, {}});
  if (request.job.time) {
    end.records.push_back(TimingSample{"forward", request.job.timing.restart, 0, 0.25, {}});
  }
  end.records.push_back(EndRecord{"measured", "", "", 0});
  return end;
}

inline JobEnd crashed(const LaunchRequest&) {
  JobEnd end;
  end.outcome = Signalled{SIGSEGV};
  end.stderr_tail = "boom";
  return end;
}

class SilentObserver : public RunObserver {
 public:
  void started(RunId, std::size_t open, std::size_t) override { open_cells = open; }
  void preparing(std::string_view what) override { prepared.emplace_back(what); }
  void cell_started(const Cell&) override {}
  void cell_finished(const CellRecord&, std::size_t done, std::size_t) override { finished = done; }
  void warning(std::string_view) override {}

  std::size_t open_cells = 0;
  std::size_t finished = 0;
  std::vector<std::string> prepared;
};

inline constexpr std::string_view kSuite = R"(name = "a"
timeout_s = 9
memory_mb = 100
[timing]
restarts = 2
[[matrix]]
checkpoint = ["recipe:d0"]
library = ["a-1", "b-1", "c-1"]
)";

class Runner : public testing::Test {
 protected:
  void SetUp() override {
    auto directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory.ok());
    directory_.emplace(*std::move(directory));
    ASSERT_TRUE(write_file_atomically(directory_->path() / "cell", "program").ok());
    auto store = Store::create_or_open(directory_->path() / "a.db");
    ASSERT_TRUE(store.ok());
    store_.emplace(*std::move(store));
    options_.places = {directory_->path() / "cell", directory_->path() / "cache", "fixtures"};
    for (const char* name : {"a-1", "b-1", "c-1"}) {
      options_.libraries.push_back({name, "1", std::string("builtin:") + name, "", ""});
    }
    options_.judge = [](const Cell&, std::span<const DriftRow>) { return CellEnding{}; };
    options_.reproduce = [](const Cell& cell) { return "again " + cell.name; };
  }

  Suite suite_of(std::string_view more) const {
    auto suite =
        parse_suite(std::string(kSuite) + std::string(more), directory_->path() / "s.toml");
    EXPECT_TRUE(suite.ok()) << (suite.ok() ? "" : suite.error().message);
    return suite.ok() ? *std::move(suite) : Suite{};
  }

  std::vector<Cell> cells_of(const Suite& suite) const {
    ExpandOptions options;
    for (const RunLibrary& library : options_.libraries) {
      options.libraries.push_back({library.name, library.version});
    }
    options.own_network = [](const std::filesystem::path& file,
                             const std::string&) -> Result<OwnNetwork> {
      return Error{ErrorKind::unsafe, file.filename().string() + " would run code"};
    };
    auto expansion = expand(suite, options);
    EXPECT_TRUE(expansion.ok()) << (expansion.ok() ? "" : expansion.error().message);
    return expansion.ok() ? std::move(expansion->cells) : std::vector<Cell>{};
  }

  RunSummary run(Launcher& launcher, std::string_view more = "") {
    const Suite suite = suite_of(more);
    return run_these(suite, cells_of(suite), launcher);
  }

  // Interrupted after its first cell, that of a-1.
  RunId begin_run() {
    ScriptedLauncher launcher(measured);
    launcher.stop_after = 3;  // recipe, truth and the cell
    return run(launcher).run;
  }

  RunSummary run_these(const Suite& suite, const std::vector<Cell>& cells, Launcher& launcher) {
    auto summary = run_cells(suite, cells, options_, *store_, launcher, observer_);
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().message);
    return summary.ok() ? *summary : RunSummary{};
  }

  CellRecord record_of(RunId run, std::string_view library) {
    const auto cells = store_->cells(run);
    EXPECT_TRUE(cells.ok());
    for (const StoredCell& stored : *cells) {
      if (stored.cell.library == library) return stored.cell;
    }
    ADD_FAILURE() << "no cell of " << library;
    return {};
  }

  std::optional<TemporaryDirectory> directory_;
  std::optional<Store> store_;
  RunOptions options_;
  SilentObserver observer_;
};

inline std::vector<std::string> libraries_of(const std::vector<std::string>& cells) {
  std::vector<std::string> libraries;
  for (const std::string& cell : cells) libraries.push_back(split(cell, '/')[2]);
  return libraries;
}

}  // namespace effgate
