#include "harness/cell/endings.h"

#include <gtest/gtest.h>

#include <set>

namespace effgate {
namespace {

struct Expected {
  Stage stage;
  ErrorKind kind;
  const char* message;
  const char* status;
  const char* reason;
};

// By the contract's table of statuses.
TEST(Endings, say_what_went_wrong_by_stage_and_kind) {
  const Expected table[] = {
      {Stage::library, ErrorKind::not_found, "no such file", "library_missing", "not_loaded"},
      {Stage::device, ErrorKind::unsupported, "cuda_not_installed: no CUDA", "unsupported",
       "cuda_not_installed"},
      {Stage::device, ErrorKind::unsupported, "no CUDA device", "unsupported", "no_device"},
      {Stage::checkpoint, ErrorKind::truncated, "", "unreadable", "file.truncated"},
      {Stage::checkpoint, ErrorKind::malformed, "", "unreadable", "file.corrupt"},
      {Stage::checkpoint, ErrorKind::unsafe, "", "unsafe", "file.unsafe"},
      {Stage::checkpoint, ErrorKind::io, "", "unreadable", "file.not_a_checkpoint"},
      {Stage::checkpoint, ErrorKind::not_found, "", "unreadable", "file.not_found"},
      {Stage::state_dict, ErrorKind::not_found, "", "unreadable", "file.no_state_dict"},
      {Stage::library_loader, ErrorKind::refused, "", "load_refused", "env.cpp_loader"},
      {Stage::library_loader, ErrorKind::unsupported, "", "unsupported", "no_loader"},
      {Stage::network, ErrorKind::usage, "", "unsupported", "no_such_size"},
      {Stage::compute, ErrorKind::unsupported, "", "unsupported", "no_kernel"},
      {Stage::compute, ErrorKind::out_of_memory, "", "oom", "host_memory"},
      {Stage::compute, ErrorKind::library, "", "library_error", "raised"},
      {Stage::compute, ErrorKind::bug, "", "error", "defect"},
  };
  for (const Expected& expected : table) {
    const EndRecord end = ending_of(expected.stage, {expected.kind, expected.message});
    EXPECT_EQ(end.status, expected.status) << expected.message;
    EXPECT_EQ(end.reason, expected.reason) << expected.message;
    EXPECT_EQ(end.message, expected.message);
  }
}

TEST(Endings, are_contract_statuses_for_every_stage_and_kind) {
  const std::set<std::string> statuses = {"unreadable",    "unsafe", "library_missing",
                                          "unsupported",   "oom",    "load_refused",
                                          "library_error", "error"};
  for (int stage = 0; stage <= static_cast<int>(Stage::output); ++stage) {
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind) {
      const EndRecord end =
          ending_of(static_cast<Stage>(stage), {static_cast<ErrorKind>(kind), "why"});
      EXPECT_TRUE(statuses.contains(end.status)) << end.status;
      EXPECT_FALSE(end.reason.empty());
    }
  }
}

TEST(Endings, a_measured_cell_has_no_reason) {
  EXPECT_EQ(measured().status, "measured");
  EXPECT_EQ(measured().reason, "");
}

}  // namespace
}  // namespace effgate
