#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class BadInput : public testing::Test, protected ProgramFixture {
 protected:
  // A safetensors file of one empty tensor; `name` as JSON writes it.
  std::string file_with_tensor(const std::string& name) const {
    const std::string header =
        "{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    std::string length(8, '\0');
    length[0] = static_cast<char>(header.size());
    return write("file.safetensors", length + header);
  }
};

TEST_F(BadInput, a_message_that_is_too_long_is_one) {
  const ProgramRun usual = run({"explain", "--message", write("short.txt", "nothing known")});
  EXPECT_EQ(usual.exit_code, 0) << usual.err;
  const ProgramRun refused =
      run({"explain", "--message", write("long.txt", std::string(16'000'001, 'x'))});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_THAT(refused.err, HasSubstr("it is longer than 16"));
}

TEST_F(BadInput, names_reach_a_terminal_without_what_it_obeys) {
  const std::string file = file_with_tensor("a\\u001b[2J\\u009b31m\\nb");
  for (const auto& arguments : {std::vector<std::string>{"inspect", "--keys", file},
                                std::vector<std::string>{"explain", "--checkpoint", file}}) {
    const ProgramRun printed = run(arguments);
    EXPECT_THAT(printed.out, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xc2\x9b"))));
  }
  EXPECT_THAT(run({"inspect", "--keys", file}).out, HasSubstr("a\uFFFD[2J\uFFFD31m\uFFFDb|0|"));
  const auto document = nlohmann::json::parse(run({"inspect", "--json", file}).out);
  EXPECT_EQ(document["tensors"][0]["name"],
            "a\x1b[2J\xc2\x9b"
            "31m\nb");
}

TEST_F(BadInput, only_a_regular_file_is_opened) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  for (const std::string& path :
       {in("fifo").string(), in(".").string(), std::string("/dev/zero")}) {
    const ProgramRun refused = run({"inspect", path});
    EXPECT_EQ(refused.exit_code, 5) << path;
    EXPECT_THAT(refused.err, HasSubstr("it is not a regular file"));
  }
  EXPECT_EQ(run({"inspect", file_with_tensor("a")}).exit_code, 0);
}

}  // namespace
}  // namespace effgate
