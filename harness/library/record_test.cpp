#include "harness/library/record.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(InstallRecord, is_the_same_again_when_it_is_read) {
  InstallRecord record;
  record.name = "mine";
  record.version = "2.6.0+cu124";
  record.spec = "prefix:/opt/libtorch";
  record.kind = "prefix";
  record.prefix = "/opt/libtorch";
  record.cxx11_abi = false;
  record.cuda = true;
  record.files = {{"/opt/libtorch/lib/libc10.so", 123, "ab"}};
  const auto again = parse_install_record(to_json(record));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->version, record.version);
  EXPECT_EQ(again->prefix, record.prefix);
  EXPECT_FALSE(again->cxx11_abi);
  EXPECT_TRUE(again->cuda);
  ASSERT_EQ(again->files.size(), 1u);
  EXPECT_EQ(again->files[0].bytes, 123u);
  EXPECT_EQ(to_json(*again), to_json(record));
}

TEST(InstallRecord, of_another_schema_or_with_a_field_missing_is_refused) {
  EXPECT_EQ(parse_install_record(R"({"schema": "effgate.library/2"})").error().kind,
            ErrorKind::unsupported);
  EXPECT_EQ(parse_install_record(R"({"schema": "effgate.library/1"})").error().kind,
            ErrorKind::malformed);
  EXPECT_EQ(parse_install_record("half a rec").error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace effgate
