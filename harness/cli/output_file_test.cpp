#include "harness/cli/output_file.h"

#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::Test {
 protected:
  fs::path in(const std::string& name) { return directory_->path() / name; }
  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
};

TEST_F(OutputFile, may_lie_beside_the_input_but_not_be_it) {
  ASSERT_TRUE(write_file_atomically(in("a.db"), "records").ok());
  fs::create_symlink("a.db", in("link.html"));
  fs::create_hard_link(in("a.db"), in("hard.html"));
  EXPECT_TRUE(check_is_not_input(in("a.html"), in("a.db")).ok());
  for (const std::string same : {"a.db", "./a.db", "link.html", "hard.html"}) {
    const fs::path output = in(same);
    const Status refused = check_is_not_input(output, in("a.db"), "the database");
    ASSERT_FALSE(refused.ok()) << output;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_EQ(refused.error().message,
              output.string() + " is the database itself; write to another file");
  }
}

TEST_F(OutputFile, is_told_from_an_input_that_is_still_to_be_made) {
  fs::create_directory(in("sub"));
  EXPECT_TRUE(check_is_not_input(in("a.html"), in("a.db")).ok());
  EXPECT_FALSE(check_is_not_input(in("a.db"), in("a.db")).ok());
  EXPECT_FALSE(check_is_not_input(in("sub/../a.db"), in("a.db")).ok());
  EXPECT_FALSE(check_is_not_input("./a.db", fs::current_path() / "a.db").ok());
}

TEST_F(OutputFile, that_nobody_named_is_no_input) {
  EXPECT_TRUE(check_is_not_input("", "").ok());
  EXPECT_TRUE(check_is_not_input("", in("a.db")).ok());
  EXPECT_TRUE(check_is_not_input(in("a.html"), "").ok());
}

TEST_F(OutputFile, lies_in_a_folder_and_is_none) {
  fs::create_directory(in("pages"));
  EXPECT_TRUE(check_output_folder(in("pages/a.html")).ok());
  EXPECT_TRUE(check_output_folder("a.html").ok());
  EXPECT_EQ(check_output_folder(in("pages")).error().message,
            "writing " + in("pages").string() + ": it is a folder; name a file in it");
  EXPECT_EQ(check_output_folder(in("gone/a.html")).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace effgate
