#include "harness/library/wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/library/testing/fake_torch.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using testing::Contains;

class WheelFile : public testing::Test {
 protected:
  void SetUp() override {
    fake_.write("x/a.txt", "first");
    fake_.write("x/deep/b.txt", std::string(100000, 'b'));
    fake_.write("x-1.dist-info/METADATA", "Name: x\nVersion: 1\n");
    wheel_ = fake_.zip("x.whl");
  }
  FakeTorch fake_;
  fs::path wheel_;
};

TEST_F(WheelFile, unpacks_what_is_wanted_and_nothing_else) {
  const auto wheel = Wheel::open(wheel_);
  ASSERT_TRUE(wheel.ok()) << wheel.error().message;
  EXPECT_THAT(wheel->members(), Contains("x/deep/b.txt"));
  const fs::path target = fake_.folder() / "out";
  ASSERT_TRUE(
      wheel->unpack(target, [](std::string_view name) { return name == "x/deep/b.txt"; }).ok());
  EXPECT_EQ(*read_text_file(target / "x/deep/b.txt"), std::string(100000, 'b'));
  EXPECT_FALSE(fs::exists(target / "x/a.txt"));
}

TEST_F(WheelFile, gives_its_metadata) {
  const auto wheel = Wheel::open(wheel_);
  ASSERT_TRUE(wheel.ok());
  EXPECT_EQ(*wheel->metadata(), "Name: x\nVersion: 1\n");
}

TEST_F(WheelFile, does_not_overwrite) {
  const auto wheel = Wheel::open(wheel_);
  const fs::path target = fake_.folder() / "out";
  const auto all = [](std::string_view) { return true; };
  ASSERT_TRUE(wheel->unpack(target, all).ok());
  EXPECT_EQ(wheel->unpack(target, all).error().kind, ErrorKind::io);
}

TEST_F(WheelFile, that_is_cut_short_is_refused) {
  const std::string whole = *read_text_file(wheel_);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 30}) {
    const fs::path cut = fake_.folder() / "cut.whl";
    ASSERT_TRUE(write_file_atomically(cut, whole.substr(0, size)).ok());
    const auto wheel = Wheel::open(cut);
    EXPECT_FALSE(wheel.ok() && wheel->metadata().ok()) << size;
  }
}

TEST_F(WheelFile, with_a_changed_byte_in_a_member_is_refused) {
  std::string bytes = *read_text_file(wheel_);
  const std::string name = "x/deep/b.txt";
  const std::size_t at = bytes.find(name);  // in its local header, right before its content
  ASSERT_NE(at, std::string::npos);
  bytes[at + name.size() + 20] ^= 0x40;
  ASSERT_TRUE(write_file_atomically(wheel_, bytes).ok());
  const auto wheel = Wheel::open(wheel_);
  ASSERT_TRUE(wheel.ok());
  const Status unpacked = wheel->unpack(fake_.folder() / "out",
                                        [&](std::string_view member) { return member == name; });
  ASSERT_FALSE(unpacked.ok());
  EXPECT_EQ(unpacked.error().kind, ErrorKind::malformed) << unpacked.error().message;
}

TEST_F(WheelFile, that_would_write_outside_of_its_folder_is_refused) {
  std::string bytes = *read_text_file(wheel_);
  for (std::size_t at = bytes.find("x/a.txt"); at != std::string::npos;
       at = bytes.find("x/a.txt", at + 1)) {
    bytes.replace(at, 7, "../a.tx");
  }
  ASSERT_TRUE(write_file_atomically(wheel_, bytes).ok());
  EXPECT_EQ(Wheel::open(wheel_).error().kind, ErrorKind::unsafe);
}

TEST(Wheel, that_is_missing_is_not_found) {
  EXPECT_EQ(Wheel::open("/no/such/file.whl").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace effgate
