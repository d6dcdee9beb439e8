#include "harness/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include "harness/base/files.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

RunRecord a_run(std::string suite = "quick") {
  RunRecord run;
  run.suite = std::move(suite);
  run.suite_sha256 = "aa";
  run.policy_text = "[float32]\nmax_rms = 1e-4\n";
  run.policy_sha256 = "bb";
  run.program_version = "0.1.0";
  run.program_revision = "abc";
  run.host = {"box", "a processor", 2, 4'000'000'000, "Linux 6.1"};
  run.arguments = "effgate run quick.toml";
  run.started = "2026-03-01T02:03:04Z";
  run.started_epoch = 1772330584.5;
  return run;
}

CellRecord a_cell(std::string name, CellStatus status = CellStatus::pass) {
  CellRecord cell;
  cell.name = std::move(name);
  cell.checkpoint = "recipe:tf_efficientdet_d0";
  cell.checkpoint_sha256 = "cc";
  cell.model = "tf_efficientdet_d0";
  cell.library = "torch-2.6.0";
  cell.version = "2.6.0";
  cell.device = "cpu";
  cell.dtype = "float32";
  cell.size = "native";
  cell.input = "recipe:0";
  cell.loader = "effgate";
  cell.batch = 2;
  cell.further = "+batch=2";
  cell.threads = 3;
  cell.environment = R"({"onednn": true})";
  cell.status = status;
  cell.reason = "why";
  cell.message = "It happened.";
  cell.reproduce = "effgate replay x";
  cell.seconds = 1.5;
  cell.max_rss_bytes = 123'456'789'012;
  cell.stderr_tail = "line 1\nline 2";
  cell.started_epoch = 1772330590.25;
  return cell;
}

FinishedCell finished(std::string name, CellStatus status = CellStatus::pass) {
  FinishedCell cell{a_cell(std::move(name), status)};
  cell.drift = {{"box/3", "rel_rms", 1e-7}, {"class/3", "rel_rms", 2e-7}};
  cell.fingerprints = {{"class/3", "0123456789abcdef"}};
  cell.timing = {{"forward", 0, 0, 0.25, std::nullopt}, {"forward", 0, 1, 0.5, 0.125}};
  cell.causes = {{1, "dtype.mismatch", "changes", "It stores float16.", "", ""},
                 {0, "arch.variant", "blocks", "It is a D7.", "fpn.cell.7\nfpn.cell.6", "run d7"}};
  return cell;
}

class StoreTest : public testing::Test {
 protected:
  fs::path path() const { return directory_->path() / "runs.db"; }
  Store open() {
    auto store = Store::create_or_open(path());
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message);
    return *std::move(store);
  }
  std::int64_t count(const std::string& sql) const {
    auto database = Database::open(path(), Database::Mode::read_only);
    return *database->integer(sql);
  }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
};

TEST_F(StoreTest, gives_back_a_run_as_it_was_recorded) {
  Store store = open();
  const auto id = store.begin_run(a_run());
  ASSERT_TRUE(id.ok());
  ASSERT_TRUE(store.finish_run(*id, "2026-03-01T03:00:00Z", 1772334000).ok());

  const auto stored = store.latest_run();
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->id, *id);
  EXPECT_EQ(stored->run.suite, "quick");
  EXPECT_EQ(stored->run.policy_text, "[float32]\nmax_rms = 1e-4\n");
  EXPECT_EQ(stored->run.host.cpu_model, "a processor");
  EXPECT_EQ(stored->run.host.memory_bytes, 4'000'000'000);
  EXPECT_EQ(stored->run.arguments, "effgate run quick.toml");
  EXPECT_EQ(stored->run.shards, 1);
  EXPECT_EQ(stored->run.started_epoch, 1772330584.5);
  EXPECT_EQ(stored->run.finished, "2026-03-01T03:00:00Z");
}

TEST_F(StoreTest, gives_back_a_cell_with_all_its_rows) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  const auto id = store.record_cell(run, finished("a", CellStatus::drift));
  ASSERT_TRUE(id.ok()) << id.error().message;

  const auto cells = store.cells(run);
  ASSERT_TRUE(cells.ok());
  ASSERT_EQ(cells->size(), 1u);
  const CellRecord& cell = cells->front().cell;
  EXPECT_EQ(cells->front().id, *id);
  EXPECT_EQ(cell.name, "a");
  EXPECT_EQ(cell.status, CellStatus::drift);
  EXPECT_EQ(cell.batch, 2);
  EXPECT_EQ(cell.threads, 3);
  EXPECT_EQ(cell.further, "+batch=2");
  EXPECT_EQ(cell.max_rss_bytes, 123'456'789'012);
  EXPECT_EQ(cell.stderr_tail, "line 1\nline 2");
  EXPECT_EQ(cell.started_epoch, 1772330590.25);

  const auto drift = store.drift(*id);
  ASSERT_EQ(drift->size(), 2u);
  EXPECT_EQ((*drift)[1].tap, "class/3");
  EXPECT_EQ((*drift)[1].value, 2e-7);
  EXPECT_EQ(store.fingerprints(*id)->front().xxhash64, "0123456789abcdef");
  const auto timing = store.timing(*id);
  ASSERT_EQ(timing->size(), 2u);
  EXPECT_FALSE((*timing)[0].device_seconds.has_value());
  EXPECT_EQ((*timing)[1].device_seconds, 0.125);
  const auto causes = store.causes(*id);
  ASSERT_EQ(causes->size(), 2u);
  EXPECT_EQ((*causes)[0].code, "arch.variant");
  EXPECT_EQ((*causes)[0].evidence, "fpn.cell.7\nfpn.cell.6");
  EXPECT_EQ((*causes)[0].fix, "run d7");
  EXPECT_EQ((*causes)[1].severity, "changes");
}

TEST_F(StoreTest, gives_the_rows_of_a_whole_run_and_of_no_other) {
  Store store = open();
  const RunId first = *store.begin_run(a_run());
  const RunId second = *store.begin_run(a_run());
  const CellId a = *store.record_cell(first, finished("a"));
  const CellId b = *store.record_cell(first, finished("b"));
  static_cast<void>(*store.record_cell(second, finished("a")));

  const auto timing = store.timing_of_run(first);
  ASSERT_EQ(timing->size(), 2u);
  EXPECT_EQ(timing->at(a).size(), 2u);
  EXPECT_EQ(timing->at(b)[1].seconds, 0.5);
  EXPECT_EQ(store.drift_of_run(first)->size(), 2u);
  EXPECT_EQ(store.fingerprints_of_run(second)->size(), 1u);
  EXPECT_EQ(store.causes_of_run(second)->size(), 1u);
}

TEST_F(StoreTest, keeps_infinity_and_not_a_number) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  FinishedCell cell = finished("a");
  cell.drift = {{"class/3", "cosine", std::numeric_limits<double>::quiet_NaN()},
                {"class/3", "rel_max", std::numeric_limits<double>::infinity()}};
  const CellId id = *store.record_cell(run, cell);
  const auto drift = store.drift(id);
  EXPECT_TRUE(std::isnan((*drift)[0].value));
  EXPECT_TRUE(std::isinf((*drift)[1].value));
}

TEST_F(StoreTest, keeps_the_order_of_the_plan_and_knows_what_is_left) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  const std::vector<CellRecord> plan = {a_cell("c", CellStatus::not_run),
                                        a_cell("a", CellStatus::not_run),
                                        a_cell("b", CellStatus::skipped)};
  ASSERT_TRUE(store.plan_cells(run, plan).ok());
  EXPECT_THAT(*store.finished_cells(run), ElementsAre("b"));

  ASSERT_TRUE(store.record_cell(run, finished("a")).ok());
  EXPECT_THAT(*store.finished_cells(run), ElementsAre("a", "b"));
  const auto cells = store.cells(run);
  EXPECT_EQ((*cells)[0].cell.name, "c");
  EXPECT_EQ((*cells)[1].cell.name, "a");
}

TEST_F(StoreTest, planning_again_keeps_what_was_measured) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.record_cell(run, finished("a")).ok());
  const std::vector<CellRecord> plan = {a_cell("b", CellStatus::not_run),
                                        a_cell("a", CellStatus::not_run)};
  ASSERT_TRUE(store.plan_cells(run, plan).ok());
  EXPECT_THAT(*store.finished_cells(run), ElementsAre("a"));
  EXPECT_EQ(store.cells(run)->front().cell.name, "b");
}

std::vector<CellRecord> plan_of(const std::vector<std::string>& names) {
  std::vector<CellRecord> plan;
  for (const std::string& name : names) plan.push_back(a_cell(name, CellStatus::not_run));
  return plan;
}

std::vector<std::string> names_of(const Store& store, RunId run) {
  std::vector<std::string> names;
  const auto cells = store.cells(run);
  for (const StoredCell& stored : *cells) names.push_back(stored.cell.name);
  return names;
}

TEST_F(StoreTest, planning_some_cells_again_leaves_all_in_their_places) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.plan_cells(run, plan_of({"a", "b", "c"})).ok());
  ASSERT_TRUE(store.plan_cells(run, plan_of({"c", "d"})).ok());
  EXPECT_THAT(names_of(store, run), ElementsAre("a", "b", "c", "d"));
}

TEST_F(StoreTest, planning_more_cells_than_before_gives_them_the_order_of_the_plan) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.plan_cells(run, plan_of({"c", "a"})).ok());
  ASSERT_TRUE(store.plan_cells(run, plan_of({"a", "b", "c"})).ok());
  EXPECT_THAT(names_of(store, run), ElementsAre("a", "b", "c"));
}

TEST_F(StoreTest, a_cell_recorded_again_replaces_its_rows) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  const CellId first = *store.record_cell(run, finished("a"));
  FinishedCell again = finished("a", CellStatus::crash);
  again.timing.clear();
  const CellId second = *store.record_cell(run, again);
  EXPECT_EQ(first, second);
  EXPECT_EQ(store.cells(run)->size(), 1u);
  EXPECT_EQ(store.cells(run)->front().cell.status, CellStatus::crash);
  EXPECT_TRUE(store.timing(second)->empty());
  EXPECT_EQ(store.drift(second)->size(), 2u);
}

TEST_F(StoreTest, a_cell_with_a_bad_row_leaves_nothing_behind) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.record_cell(run, finished("a")).ok());
  FinishedCell bad = finished("b");
  bad.timing.push_back({"forward", 0, 2, -1.0, std::nullopt});
  EXPECT_FALSE(store.record_cell(run, bad).ok());
  EXPECT_EQ(store.cells(run)->size(), 1u);
  ASSERT_TRUE(store.record_cell(run, finished("b")).ok());
}

TEST_F(StoreTest, refuses_a_cell_of_a_run_that_does_not_exist) {
  Store store = open();
  EXPECT_FALSE(store.record_cell(RunId{7}, finished("a")).ok());
  EXPECT_EQ(store.finish_run(RunId{7}, "", 0).error().kind, ErrorKind::not_found);
}

TEST_F(StoreTest, knows_the_libraries_of_a_run) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.record_library(run, {"torch-2.6.0", "2.6.0", "/a", "0", "x", "h  /a"}).ok());
  ASSERT_TRUE(store.record_library(run, {"torch-2.6.0", "2.6.0", "/b", "0", "x", "h  /b"}).ok());
  const auto libraries = store.libraries(run);
  ASSERT_EQ(libraries->size(), 1u);
  EXPECT_EQ(libraries->front().path, "/b");
}

TEST_F(StoreTest, gives_back_a_verdict_with_its_items_in_order) {
  Store store = open();
  VerdictRecord verdict;
  verdict.run = verdict.base_run = *store.begin_run(a_run());
  verdict.from_library = "torch-2.6.0";
  verdict.to_library = "torch-2.15.0";
  verdict.verdict = "closed";
  verdict.code = "slowdown";
  verdict.sentence = "It is slower.";
  verdict.items = {{"z", "slowdown", "closes", "z is slower.", 1.5, 1.1, 0.001},
                   {"a", "unchanged", "notes", "a is as before.", {}, {}, {}}};
  ASSERT_TRUE(store.record_verdict(verdict).ok());
  const auto stored = store.verdicts();
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  ASSERT_EQ(stored->size(), 1u);
  EXPECT_EQ(stored->front().to_library, "torch-2.15.0");
  ASSERT_EQ(stored->front().items.size(), 2u);
  EXPECT_EQ(stored->front().items[0].limit, 1.1);
  EXPECT_FALSE(stored->front().items[1].p_value.has_value());
}

TEST_F(StoreTest, a_baseline_means_the_run_it_was_last_given) {
  Store store = open();
  const RunId first = *store.begin_run(a_run());
  const RunId second = *store.begin_run(a_run());
  ASSERT_TRUE(store.set_baseline("main", first).ok());
  ASSERT_TRUE(store.set_baseline("main", second).ok());
  EXPECT_EQ(*store.baseline("main"), second);
  EXPECT_EQ(store.baseline("other").error().kind, ErrorKind::not_found);
  EXPECT_EQ(store.set_baseline("main", RunId{9}).error().kind, ErrorKind::not_found);
}

TEST_F(StoreTest, an_older_run_is_found_by_its_number) {
  Store store = open();
  const RunId first = *store.begin_run(a_run("old"));
  static_cast<void>(*store.begin_run(a_run("new")));
  EXPECT_EQ(store.run(first)->run.suite, "old");
  EXPECT_EQ(store.latest_run()->run.suite, "new");
  EXPECT_EQ(store.run(RunId{99}).error().kind, ErrorKind::not_found);
}

TEST_F(StoreTest, an_empty_store_has_no_latest_run) {
  EXPECT_EQ(open().latest_run().error().kind, ErrorKind::not_found);
}

TEST_F(StoreTest, reads_while_another_writes) {
  Store writer = open();
  const RunId run = *writer.begin_run(a_run());
  const auto reader = Store::open_read_only(path());
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  ASSERT_TRUE(writer.record_cell(run, finished("a")).ok());
  EXPECT_EQ(reader->cells(run)->size(), 1u);
}

TEST_F(StoreTest, a_reader_cannot_write) {
  static_cast<void>(*open().begin_run(a_run()));
  auto reader = Store::open_read_only(path());
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->begin_run(a_run()).ok());
}

// A disk that is full is simulated by the limit on the size of a file.
TEST_F(StoreTest, a_full_disk_keeps_what_was_recorded_before) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.record_cell(run, finished("a")).ok());

  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 256 * 1024;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  FinishedCell large = finished("b");
  for (int sample = 0; sample < 50'000; ++sample)
    large.timing.push_back({"large", 0, sample, 0.1, std::nullopt});
  const auto refused = store.record_cell(run, large);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::io) << refused.error().message;
  EXPECT_THAT(refused.error().message, HasSubstr("runs.db"));
  EXPECT_THAT(*store.finished_cells(run), ElementsAre("a"));
  EXPECT_TRUE(store.record_cell(run, large).ok());
  EXPECT_THAT(*store.finished_cells(run), ElementsAre("a", "b"));
}

TEST_F(StoreTest, the_views_have_the_columns_that_people_query) {
  Store store = open();
  const RunId run = *store.begin_run(a_run());
  ASSERT_TRUE(store.record_cell(run, finished("a")).ok());
  EXPECT_EQ(count("SELECT count(*) FROM (SELECT run, checkpoint, model, library, version, device, "
                  "dtype, threads, status, reason, message, seconds FROM v_cell)"),
            1);
  EXPECT_EQ(count("SELECT count(*) FROM (SELECT cell, tap, metric, value FROM v_drift) "
                  "WHERE cell = 'a'"),
            2);
  EXPECT_EQ(count("SELECT count(*) FROM (SELECT cell, phase, sample, seconds, device_seconds "
                  "FROM v_timing) WHERE device_seconds IS NULL"),
            1);
  EXPECT_EQ(count("SELECT cells FROM v_run"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM v_verdict"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM v_cell JOIN v_timing USING (run, cell)"), 2);
}

}  // namespace
}  // namespace effgate
