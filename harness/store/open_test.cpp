#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "harness/base/files.h"
#include "harness/store/schema.h"
#include "harness/store/store.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The superuser may write everywhere, and becomes nobody for the time of a test.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    if (privileged_) become(kNobody);
  }
  ~WithoutPrivileges() {
    if (privileged_) become(0);
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;

 private:
  static constexpr ::uid_t kNobody = 65534;
  static void become(::uid_t user) { EXPECT_EQ(::setresuid(user, user, 0), 0); }
  bool privileged_ = ::geteuid() == 0;
};

// A child that does this and ends with 0 where it succeeds.
::pid_t in_a_child(const std::function<bool()>& work) {
  const ::pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

int status_of(::pid_t child) {
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// Writes so much that pages reach the file before the commit that never comes.
bool dies_amid_a_transaction(const fs::path& path) {
  auto database = Database::open(path, Database::Mode::create);
  const bool begun =
      database.ok() &&
      database
          ->execute(
              "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; "
              "CREATE TABLE half (a); INSERT INTO half WITH RECURSIVE n (i) AS (SELECT 1 "
              "UNION ALL SELECT i + 1 FROM n LIMIT 500) SELECT randomblob(4000) FROM n")
          .ok();
  return begun && ::raise(SIGKILL) == 0;
}

class StoreOpening : public testing::Test {
 protected:
  fs::path in(const std::string& name) const { return directory_->path() / name; }
  fs::path made_with(const std::string& name, const std::string& sql) {
    auto database = Database::open(in(name), Database::Mode::create);
    EXPECT_TRUE(database.ok());
    EXPECT_TRUE(database->execute(sql).ok());
    return in(name);
  }
  fs::path of_version(int version) {
    EXPECT_TRUE(Store::create_or_open(in("runs.db")).ok());
    return made_with("runs.db", "PRAGMA user_version = " + std::to_string(version));
  }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
};

TEST_F(StoreOpening, marks_the_file_as_its_own) {
  ASSERT_TRUE(Store::create_or_open(in("runs.db")).ok());
  const std::string bytes = *read_text_file(in("runs.db"));
  // The SQLite file format: user_version at offset 60, application_id at 68, big-endian; the write
  // version at offset 18 is 2 for WAL.
  EXPECT_EQ(bytes.substr(68, 4), "EFGT");
  EXPECT_EQ(bytes.substr(60, 4), std::string("\0\0\0\2", 4));
  EXPECT_EQ(bytes[18], '\2');
}

TEST_F(StoreOpening, opens_again_what_it_made) {
  for (int time = 0; time < 2; ++time) {
    auto store = Store::create_or_open(in("runs.db"));
    ASSERT_TRUE(store.ok()) << store.error().message;
    ASSERT_TRUE(store->begin_run({}).ok());
  }
  EXPECT_EQ(Store::open_read_only(in("runs.db"))->runs()->size(), 2u);
}

TEST_F(StoreOpening, takes_an_empty_file_as_new) {
  std::ofstream(in("empty.db")).flush();
  EXPECT_TRUE(Store::create_or_open(in("empty.db")).ok());
}

TEST_F(StoreOpening, opens_a_path_with_characters_that_are_special_in_a_uri) {
  EXPECT_TRUE(Store::create_or_open(in("100% a?b#c&mode=memory.db")).ok());
  EXPECT_TRUE(fs::exists(in("100% a?b#c&mode=memory.db")));
}

TEST_F(StoreOpening, refuses_to_read_a_file_that_is_not_there) {
  const auto store = Store::open_read_only(in("nothing.db"));
  EXPECT_EQ(store.error().kind, ErrorKind::not_found);
  EXPECT_FALSE(fs::exists(in("nothing.db")));
}

TEST_F(StoreOpening, refuses_a_folder_that_is_not_there) {
  const auto store = Store::create_or_open(in("no/such/runs.db"));
  EXPECT_EQ(store.error().kind, ErrorKind::io);
  EXPECT_THAT(store.error().message, HasSubstr("no/such/runs.db"));
  EXPECT_EQ(store.error().next, "mkdir -p " + in("no/such").string());
}

TEST_F(StoreOpening, says_that_a_folder_is_no_database) {
  fs::create_directory(in("runs"));
  for (const auto& store : {Store::create_or_open(in("runs")), Store::open_read_only(in("runs"))}) {
    EXPECT_EQ(store.error().kind, ErrorKind::io);
    EXPECT_THAT(store.error().message, HasSubstr("it is a folder"));
  }
}

TEST_F(StoreOpening, says_that_a_folder_may_not_be_written) {
  fs::permissions(directory_->path(), fs::perms(0755));
  fs::create_directory(in("closed"));
  fs::permissions(in("closed"), fs::perms(0555));
  const WithoutPrivileges nobody;
  const auto store = Store::create_or_open(in("closed/runs.db"));
  EXPECT_EQ(store.error().kind, ErrorKind::io);
  EXPECT_THAT(store.error().message, HasSubstr("may not be written"));
}

TEST_F(StoreOpening, says_that_nothing_is_recorded_in_an_empty_file) {
  std::ofstream(in("empty.db")).flush();
  const auto store = Store::open_read_only(in("empty.db"));
  EXPECT_THAT(store.error().message, HasSubstr("nothing is recorded"));
  EXPECT_THAT(store.error().next, HasSubstr("effgate run"));
}

TEST_F(StoreOpening, names_the_baselines_and_runs_that_there_are) {
  auto store = *Store::create_or_open(in("runs.db"));
  EXPECT_THAT(store.baseline("good").error().message, HasSubstr("has named no run"));
  EXPECT_THAT(store.run(RunId{7}).error().message, HasSubstr("there is no run 7"));
  const RunId run = *store.begin_run({});
  ASSERT_TRUE(store.set_baseline("good night", run).ok());
  EXPECT_EQ(*store.baseline("good night"), run);
  const Error typo = store.baseline("good nigth").error();
  EXPECT_THAT(typo.message, HasSubstr("did you mean good night?"));
  EXPECT_EQ(typo.next, "effgate bless --db " + in("runs.db").string() + " 'good nigth'");
  EXPECT_THAT(store.baseline("x").error().message, HasSubstr("there are good night"));
  EXPECT_THAT(store.run(RunId{7}).error().message, HasSubstr("the newest is 1"));
}

TEST_F(StoreOpening, refuses_a_file_that_is_no_database_and_leaves_it_alone) {
  const std::string text(5000, 'x');
  std::ofstream(in("notes.txt")) << text;
  for (const auto& store :
       {Store::create_or_open(in("notes.txt")), Store::open_read_only(in("notes.txt"))}) {
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().kind, ErrorKind::malformed) << store.error().message;
    EXPECT_THAT(store.error().message, HasSubstr("it is no SQLite database"));
  }
  EXPECT_EQ(*read_text_file(in("notes.txt")), text);
}

TEST_F(StoreOpening, refuses_the_database_of_another_program_and_leaves_it_alone) {
  const fs::path path = made_with("other.db", "CREATE TABLE run (id); PRAGMA application_id = 7");
  const std::string before = *read_text_file(path);
  const auto store = Store::create_or_open(path);
  EXPECT_EQ(store.error().kind, ErrorKind::malformed);
  EXPECT_THAT(store.error().message, HasSubstr("another program"));
  EXPECT_EQ(*read_text_file(path), before);
}

TEST_F(StoreOpening, refuses_a_database_without_an_application_that_holds_something) {
  EXPECT_FALSE(Store::create_or_open(made_with("other.db", "CREATE TABLE a (b)")).ok());
}

TEST_F(StoreOpening, refuses_a_database_of_a_newer_version_and_leaves_it_alone) {
  const fs::path path = of_version(kStoreVersion + 41);
  const std::string before = *read_text_file(path);
  for (const auto& store : {Store::create_or_open(path), Store::open_read_only(path)}) {
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(store.error().message, HasSubstr("version " + std::to_string(kStoreVersion + 41)));
    EXPECT_THAT(store.error().message, HasSubstr("version " + std::to_string(kStoreVersion) + ";"));
  }
  EXPECT_EQ(*read_text_file(path), before);
  EXPECT_FALSE(fs::exists(path.string() + "-wal"));
}

TEST_F(StoreOpening, leaves_also_what_a_killed_writer_left_beside_a_database_that_it_refuses) {
  auto database = Database::open(of_version(kStoreVersion + 41), Database::Mode::create);
  ASSERT_TRUE(database->write_ahead().ok());
  ASSERT_TRUE(database->execute("CREATE TABLE newer (a)").ok());
  const fs::path path = in("left.db");
  for (const char* suffix : {"", "-wal"})
    fs::copy_file(database->path().string() + suffix, path.string() + suffix);
  const std::string before = *read_text_file(path),
                    beside = *read_text_file(path.string() + "-wal");
  EXPECT_FALSE(Store::create_or_open(path).ok());
  EXPECT_EQ(*read_text_file(path), before);
  EXPECT_EQ(*read_text_file(path.string() + "-wal"), beside);
}

TEST_F(StoreOpening, a_damaged_database_is_malformed) {
  ASSERT_TRUE(Store::create_or_open(in("runs.db")).ok());
  std::string bytes = *read_text_file(in("runs.db"));
  for (std::size_t at = 100; at < bytes.size(); ++at) bytes[at] = '\x5a';
  ASSERT_TRUE(write_file_atomically(in("runs.db"), bytes).ok());
  const auto store = Store::open_read_only(in("runs.db"));
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().kind, ErrorKind::malformed) << store.error().message;
}

// Its first page says what it is, and what follows it is overwritten.
TEST_F(StoreOpening, a_database_that_breaks_inside_says_how_to_recover_what_is_left) {
  const fs::path path = made_with("runs.db", "PRAGMA page_size = 512");
  ASSERT_TRUE(Store::create_or_open(path).ok());
  std::string bytes = *read_text_file(path);
  for (std::size_t at = 4096; at < bytes.size(); ++at) bytes[at] = '\x5a';
  ASSERT_TRUE(write_file_atomically(path, bytes).ok());
  const auto store = Store::open_read_only(path);
  const Error error = store.ok() ? store->runs().error() : store.error();
  EXPECT_EQ(error.kind, ErrorKind::malformed) << error.message;
  EXPECT_EQ(error.next, "sqlite3 " + path.string() + " .recover | sqlite3 recovered.db");
}

TEST_F(StoreOpening, the_table_of_statuses_is_the_list_of_statuses) {
  ASSERT_TRUE(Store::create_or_open(in("runs.db")).ok());
  auto database = Database::open(in("runs.db"), Database::Mode::read_only);
  EXPECT_EQ(*database->integer("SELECT count(*) FROM status"),
            static_cast<std::int64_t>(kCellStatusNames.size()));
  for (const std::string_view name : kCellStatusNames)
    EXPECT_EQ(
        *database->integer("SELECT count(*) FROM status WHERE name = '" + std::string(name) + "'"),
        1)
        << name;
}

// Version 2 added the table of causes.
TEST_F(StoreOpening, a_database_of_version_1_is_migrated_and_keeps_its_runs) {
  RunId run = *Store::create_or_open(in("old.db"))->begin_run({});
  made_with("old.db", "DROP VIEW v_cause; DROP TABLE cause; PRAGMA user_version = 1");
  EXPECT_EQ(Store::open_read_only(in("old.db")).error().kind, ErrorKind::unsupported);
  const auto store = Store::create_or_open(in("old.db"));
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ(store->latest_run()->id, run);
  EXPECT_TRUE(store->causes_of_run(run)->empty());
}

TEST_F(StoreOpening, undoes_what_a_killed_writer_left_half_done) {
  const RunId run = *Store::create_or_open(in("runs.db"))->begin_run({});
  for (const bool reading : {true, false}) {
    const int status =
        status_of(in_a_child([&] { return dies_amid_a_transaction(in("runs.db")); }));
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ASSERT_GT(fs::file_size(in("runs.db-journal")), 0u);
    const auto store =
        reading ? Store::open_read_only(in("runs.db")) : Store::create_or_open(in("runs.db"));
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->latest_run()->id, run);
    EXPECT_FALSE(fs::exists(in("runs.db-journal")));
  }
}

TEST_F(StoreOpening, takes_a_file_whose_maker_was_killed_as_new) {
  status_of(in_a_child([&] { return dies_amid_a_transaction(in("new.db")); }));
  ASSERT_GT(fs::file_size(in("new.db-journal")), 0u);
  const auto store = Store::create_or_open(in("new.db"));
  EXPECT_TRUE(store.ok()) << store.error().message;
}

TEST_F(StoreOpening, several_processes_may_make_the_same_file_at_once) {
  constexpr std::size_t kProcesses = 6, kRounds = 4;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const fs::path path = in(std::to_string(round) + ".db");
    std::vector<::pid_t> children;
    for (std::size_t i = 0; i < kProcesses; ++i)
      children.push_back(in_a_child([&] {
        auto store = Store::create_or_open(path);
        return store.ok() && store->begin_run({}).ok();
      }));
    for (const ::pid_t child : children) EXPECT_EQ(status_of(child), 0);
    EXPECT_EQ(Store::open_read_only(path)->runs()->size(), kProcesses);
  }
}

TEST_F(StoreOpening, reads_in_a_folder_that_may_not_be_written) {
  fs::permissions(directory_->path(), fs::perms(0755));
  fs::create_directory(in("closed"));
  ASSERT_TRUE(Store::create_or_open(in("closed/runs.db"))->begin_run({}).ok());
  fs::permissions(in("closed"), fs::perms(0555));
  const WithoutPrivileges nobody;
  const auto store = Store::open_read_only(in("closed/runs.db"));
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ(store->runs()->size(), 1u);
}

constexpr Migration kTwoSteps[] = {{1, "CREATE TABLE a (x); INSERT INTO a VALUES (5);"},
                                   {2, "ALTER TABLE a ADD COLUMN y DEFAULT 6;"}};
constexpr const char* kView = "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT * FROM a;";

TEST_F(StoreOpening, a_file_takes_only_the_steps_it_lacks) {
  auto database = *Database::open(in("steps.db"), Database::Mode::create);
  ASSERT_TRUE(migrate(database, std::span(kTwoSteps).first(1), kView).ok());
  EXPECT_EQ(*database.integer("PRAGMA user_version"), 1);
  ASSERT_TRUE(migrate(database, kTwoSteps, kView).ok());
  EXPECT_EQ(*database.integer("PRAGMA user_version"), 2);
  EXPECT_EQ(*database.integer("SELECT x + y FROM v"), 11);
  ASSERT_TRUE(migrate(database, kTwoSteps, kView).ok());
  EXPECT_EQ(*database.integer("SELECT count(*) FROM v"), 1);
}

TEST_F(StoreOpening, a_step_that_fails_leaves_the_version_before_it) {
  constexpr Migration broken[] = {kTwoSteps[0],
                                  {2, "CREATE TABLE b (x); INSERT INTO c VALUES (1)"}};
  auto database = *Database::open(in("steps.db"), Database::Mode::create);
  EXPECT_FALSE(migrate(database, broken, kView).ok());
  EXPECT_EQ(*database.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(*database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  EXPECT_FALSE(database.in_transaction());
}

}  // namespace
}  // namespace effgate
