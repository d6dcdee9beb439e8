#include "harness/process/command.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(Command, is_shown_as_a_person_would_type_it) {
  Command command;
  command.argv = {"/opt/cell", "--job", "my job.json"};
  command.environment = {{"OMP_WAIT_POLICY", "PASSIVE"}};
  EXPECT_EQ(shell_line(command), "OMP_WAIT_POLICY=PASSIVE /opt/cell --job 'my job.json'");
}

}  // namespace
}  // namespace effgate
