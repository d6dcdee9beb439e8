#include "harness/store/database.h"

#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace effgate {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.execute("CREATE TABLE t (a TEXT NOT NULL, b REAL)").ok());
  }
  std::int64_t rows() const { return *database_.integer("SELECT count(*) FROM t"); }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
  Database database_ = *Database::open(directory_->path() / "t.db", Database::Mode::create);
};

TEST_F(DatabaseTest, text_is_bound_and_not_interpreted) {
  const std::string hostile = "'); DROP TABLE t; --";
  auto insert = database_.prepare("INSERT INTO t VALUES (?, ?)");
  ASSERT_TRUE(insert->bind(hostile, std::optional<double>()).run().ok());
  auto query = database_.prepare("SELECT a, b FROM t");
  ASSERT_TRUE(*query->step());
  std::string text;
  std::optional<double> number = 1;
  query->read(text, number);
  EXPECT_EQ(text, hostile);
  EXPECT_FALSE(number.has_value());
  EXPECT_FALSE(*query->step());
}

TEST_F(DatabaseTest, a_statement_can_be_run_again) {
  auto insert = database_.prepare("INSERT INTO t VALUES (?, ?)");
  for (const double value : {1.0, 2.0})
    ASSERT_TRUE(insert->bind(std::string_view("x"), value).run().ok());
  EXPECT_EQ(*database_.integer("SELECT CAST(sum(b) AS INTEGER) FROM t"), 3);
}

TEST_F(DatabaseTest, more_values_than_parameters_are_an_error) {
  auto insert = database_.prepare("INSERT INTO t VALUES (?, 1)");
  EXPECT_EQ(insert->bind(std::string_view("x"), 2.0).run().error().kind, ErrorKind::bug);
}

TEST_F(DatabaseTest, a_broken_promise_of_the_schema_is_a_bug_and_names_the_file) {
  const auto failed = database_.execute("INSERT INTO t (a) VALUES (NULL)");
  EXPECT_EQ(failed.error().kind, ErrorKind::bug);
  EXPECT_NE(failed.error().message.find("t.db"), std::string::npos);
}

TEST_F(DatabaseTest, what_is_committed_stays) {
  auto transaction = Transaction::begin(database_);
  EXPECT_EQ(transaction->state(), Transaction::State::open);
  ASSERT_TRUE(database_.execute("INSERT INTO t (a) VALUES ('x')").ok());
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_EQ(transaction->state(), Transaction::State::committed);
  EXPECT_EQ(rows(), 1);
}

TEST_F(DatabaseTest, what_is_left_without_a_commit_is_undone) {
  {
    auto transaction = Transaction::begin(database_);
    ASSERT_TRUE(database_.execute("INSERT INTO t (a) VALUES ('x')").ok());
  }
  EXPECT_EQ(rows(), 0);
  EXPECT_FALSE(database_.in_transaction());
}

TEST_F(DatabaseTest, a_commit_that_fails_leaves_it_rolled_back) {
  ASSERT_TRUE(database_
                  .execute("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE q (p REFERENCES "
                           "p (id) DEFERRABLE INITIALLY DEFERRED)")
                  .ok());
  auto transaction = Transaction::begin(database_);
  ASSERT_TRUE(database_.execute("INSERT INTO q VALUES (5)").ok());
  EXPECT_FALSE(transaction->commit().ok());
  EXPECT_EQ(transaction->state(), Transaction::State::rolled_back);
  EXPECT_FALSE(database_.in_transaction());
}

TEST_F(DatabaseTest, a_moved_transaction_is_ended_once) {
  {
    auto first = *Transaction::begin(database_);
    auto second = std::move(first);
    ASSERT_TRUE(database_.execute("INSERT INTO t (a) VALUES ('x')").ok());
    ASSERT_TRUE(second.commit().ok());
  }
  EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace effgate
