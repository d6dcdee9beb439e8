#include "harness/runner/ending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "harness/base/files.h"
#include "harness/runner/reasons.h"

namespace effgate {
namespace {

using testing::HasSubstr;

constexpr double kTimeout = 7;

JobEnd ended(Outcome outcome, std::string stderr_tail = "") {
  JobEnd end;
  end.outcome = outcome;
  end.stderr_tail = std::move(stderr_tail);
  return end;
}

JobEnd with_record(const char* status, const char* reason, Outcome outcome = Exited{0}) {
  JobEnd end = ended(outcome);
  end.records.push_back(EndRecord{status, reason, "why", 0});
  return end;
}

struct Case {
  JobEnd end;
  CellStatus status;
  const char* reason;
  const char* says;
};

class Ending : public testing::TestWithParam<Case> {};

TEST_P(Ending, is_one_status_with_a_reason_of_its_list) {
  const CellEnding ending = ending_of(GetParam().end, kTimeout);
  EXPECT_EQ(ending.status, GetParam().status) << to_string(ending.status);
  EXPECT_EQ(ending.reason, GetParam().reason);
  EXPECT_THAT(ending.message, HasSubstr(GetParam().says));
  if (ending.status != CellStatus::pass) {
    EXPECT_TRUE(is_reason_of(ending.status, ending.reason));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Ending,
    testing::Values(
        Case{with_record("measured", ""), CellStatus::pass, "", ""},
        Case{with_record("load_mismatch", "arch.variant"), CellStatus::load_mismatch,
             "arch.variant", "why"},
        Case{with_record("unsupported", "no_kernel"), CellStatus::unsupported, "no_kernel", "why"},
        // what a cell says must be of the contract
        Case{with_record("pass", ""), CellStatus::error, "defect", "'pass'"},
        Case{with_record("splendid", ""), CellStatus::error, "defect", "'splendid'"},
        Case{with_record("unsupported", "mood"), CellStatus::error, "defect", "'mood'"},
        // a process that dies after its last word has died all the same
        Case{with_record("measured", "", Signalled{SIGSEGV}), CellStatus::crash,
             "segmentation_fault", "SIGSEGV"},
        Case{ended(Signalled{SIGABRT}, "line\nterminate called"), CellStatus::crash, "abort",
             "SIGABRT): line | terminate called"},
        Case{ended(Signalled{SIGABRT}, "what():  std::bad_alloc"), CellStatus::oom, "host_memory",
             "bad_alloc"},
        Case{ended(Signalled{SIGKILL}), CellStatus::crash, "killed", "SIGKILL"},
        Case{ended(Signalled{SIGUSR1}), CellStatus::crash, "other_signal", "SIGUSR1"},
        Case{ended(Killed{KillReason::timed_out}), CellStatus::timeout, "deadline", "7 s"},
        Case{ended(Killed{KillReason::over_memory}), CellStatus::oom, "memory_limit", "memory_mb"},
        Case{ended(Killed{KillReason::interrupted}), CellStatus::not_run, "not_reached", ""},
        Case{ended(Exited{3}), CellStatus::crash, "exited", "exited with code 3"},
        Case{ended(Exited{0}), CellStatus::crash, "exited", "in the middle"},
        Case{ended(Exited{3}, "noise\neffgate-cell: reading the job: no"), CellStatus::error,
             "defect", "reading the job: no"}));

TEST(Ending, of_a_library_that_cannot_be_loaded_is_library_missing) {
  JobEnd end = ended(Exited{3});
  end.not_loaded = "loading libtorch.so: undefined symbol";
  const CellEnding ending = ending_of(end, kTimeout);
  EXPECT_EQ(ending.status, CellStatus::library_missing);
  EXPECT_EQ(ending.reason, "not_loaded");
}

TEST(Ending, keeps_messages_short_and_printable) {
  JobEnd end = ended(Signalled{SIGSEGV}, std::string(100000, 'x') + "\xff\x01");
  const CellEnding ending = ending_of(end, kTimeout);
  EXPECT_LT(ending.message.size(), 3000u);
}

TEST(Ending, of_an_unknown_model_follows_the_kind_of_error) {
  const std::filesystem::path file = "no/such/file.pth";
  EXPECT_EQ(ending_of_unknown_model({ErrorKind::unsafe, ""}, file).status, CellStatus::unsafe);
  EXPECT_EQ(ending_of_unknown_model({ErrorKind::truncated, ""}, file).reason, "file.truncated");
  EXPECT_EQ(ending_of_unknown_model({ErrorKind::refused, ""}, file).reason, "arch.foreign");
  EXPECT_EQ(ending_of_unknown_model({ErrorKind::io, ""}, file).status, CellStatus::unreadable);
}

TEST(Ending, of_an_unknown_model_tells_a_missing_file_from_a_missing_key_in_it) {
  const auto folder = TemporaryDirectory::create();
  const std::filesystem::path file = folder->path() / "a.pth";
  const Error missing{ErrorKind::not_found, ""};
  EXPECT_EQ(ending_of_unknown_model(missing, file).reason, "file.not_found");
  ASSERT_TRUE(write_file_atomically(file, "x").ok());
  EXPECT_EQ(ending_of_unknown_model(missing, file).reason, "file.no_state_dict");
}

TEST(Reasons, name_each_code_once_and_only_pass_has_none) {
  for (std::size_t i = 0; i < kCellStatusNames.size(); ++i) {
    const auto status = static_cast<CellStatus>(i);
    std::set<std::string_view> codes;
    for (const ReasonMeaning& reason : reasons_of(status)) {
      EXPECT_TRUE(codes.insert(reason.code).second) << reason.code;
      EXPECT_FALSE(reason.meaning.empty());
    }
    EXPECT_EQ(codes.empty(), status == CellStatus::pass) << kCellStatusNames[i];
  }
}

}  // namespace
}  // namespace effgate
