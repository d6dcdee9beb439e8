#include "harness/checkpoint/unshared_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace effgate {
namespace {

// Tensors of 1 MiB that lie in one storage, each `step` bytes behind the one before.
class Overlapping {
 public:
  Overlapping(std::size_t count, std::size_t step)
      : storage_((count - 1) * step + kBytes), tensors_(count) {
    for (std::size_t i = 0; i < count; ++i) {
      tensors_[i].data = std::span<const std::byte>(storage_).subspan(i * step, kBytes);
      tensors_[i].bytes = kBytes;
    }
  }
  Status check() const {
    std::vector<const TensorEntry*> pointers;
    for (const TensorEntry& tensor : tensors_) pointers.push_back(&tensor);
    return check_unshared_size(pointers);
  }
  TensorEntry& operator[](std::size_t i) { return tensors_[i]; }

 private:
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  std::vector<std::byte> storage_;
  std::vector<TensorEntry> tensors_;
};

TEST(UnsharedSize, may_be_half_a_gibibyte_of_one_storage_and_no_more) {
  EXPECT_TRUE(Overlapping(512, 0).check().ok());
  const Status refused = Overlapping(513, 0).check();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("538 MB"));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("the 1.0 MB that they hold"));
}

// 600 in steps of an eighth reach 76 MiB, sixteen times which is more than what they would take; in
// steps of a sixty-fourth they reach 10 MiB.
TEST(UnsharedSize, counts_every_byte_of_the_storage_once) {
  EXPECT_TRUE(Overlapping(600, std::size_t{1} << 17).check().ok());
  EXPECT_FALSE(Overlapping(600, std::size_t{1} << 14).check().ok());
}

TEST(UnsharedSize, of_views_that_repeat_a_number_without_bound_is_refused) {
  Overlapping views(2, 0);
  for (std::size_t i = 0; i < 2; ++i) views[i].bytes = UINT64_MAX - 1;
  EXPECT_FALSE(views.check().ok());
}

}  // namespace
}  // namespace effgate
