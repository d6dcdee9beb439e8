#include "harness/cli/diagnosis_output.h"

#include <gtest/gtest.h>

#include <sstream>

namespace effgate {
namespace {

Cause cause_with(CauseCode code, const std::string& command) {
  Cause cause;
  cause.code = code;
  cause.summary = "It is so.";
  cause.fix.command = command;
  return cause;
}

TEST(DiagnosisOutput, says_a_command_that_undoes_several_causes_once_after_the_last_of_them) {
  Diagnosis diagnosis;
  diagnosis.causes = {cause_with(CauseCode::keys_nested, "effgate repair a.pth"),
                      cause_with(CauseCode::keys_prefix, "effgate repair a.pth"),
                      cause_with(CauseCode::arch_variant, "effgate models")};
  std::ostringstream out, err;
  Console console(out, err, {});
  print_diagnosis(console, diagnosis, "a.pth");
  EXPECT_EQ(out.str(),
            "keys.nested: It is so.\n\n"
            "keys.prefix: It is so.\nnext: effgate repair a.pth\n\n"
            "arch.variant: It is so.\nnext: effgate models\n");
}

}  // namespace
}  // namespace effgate
