#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle_writer.h"
#include "harness/checkpoint/zip_writer.h"
#include "harness/doctor/values/value_facts.h"
#include "harness/graph/catalogue.h"

// How much of a file's values is looked at: tensors may share storage and leave gaps, so that what
// they add up to is not bounded by the size of the file.

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A vector in the file's one storage, from its begin.
struct View {
  std::string name;
  std::int64_t elements;
  std::int64_t stride = 1;
};

std::string pickle_of(const std::vector<View>& views, std::size_t storage_elements) {
  PickleWriter writer;
  const auto tuple_of_one = [&](std::int64_t value) {
    writer.begin_tuple(1);
    writer.integer(value);
    writer.end_tuple(1);
  };
  writer.empty_dict();
  writer.mark();
  for (const View& view : views) {
    writer.text(view.name);
    writer.global("torch._utils", "_rebuild_tensor_v2");
    writer.begin_tuple(6);
    writer.begin_tuple(5);
    writer.text("storage");
    writer.global("torch", "FloatStorage");
    writer.text("0");
    writer.text("cpu");
    writer.integer(static_cast<std::int64_t>(storage_elements));
    writer.end_tuple(5);
    writer.persistent_id();
    writer.integer(0);
    tuple_of_one(view.elements);
    tuple_of_one(view.stride);
    writer.boolean(false);
    writer.empty_dict();
    writer.end_tuple(6);
    writer.reduce();
  }
  writer.set_items();
  return writer.finish();
}

std::vector<std::string> nonfinite_among(const std::vector<View>& views,
                                         const std::vector<float>& storage) {
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const auto path = folder.path() / "file.pth";
  const std::string pickle = pickle_of(views, storage.size());
  ZipWriter writer = *ZipWriter::create(path);
  EXPECT_TRUE(writer.add("file/data.pkl", as_byte_span(pickle)).ok());
  EXPECT_TRUE(writer.add("file/data/0", std::as_bytes(std::span(storage))).ok());
  EXPECT_TRUE(writer.add("file/version", as_byte_span("3\n")).ok());
  EXPECT_TRUE(writer.finish().ok());
  const Checkpoint checkpoint = *Checkpoint::open(path);
  return value_facts(checkpoint, Interpretation{}, *find_model("tf_efficientdet_lite0")).nonfinite;
}

// Whether a vector of every second element is accused where there is NaN at `place`.
bool is_accused_of(std::size_t place, std::int64_t elements) {
  std::vector<float> storage(static_cast<std::size_t>(2 * elements));
  storage.at(place) = NAN;
  return !nonfinite_among({{"strided", elements, 2}}, storage).empty();
}

TEST(ValueLimits, what_lies_in_the_gaps_of_a_tensor_of_16_megabytes_is_told_from_its_own) {
  constexpr std::int64_t kMost = (16 << 20) / sizeof(float);
  EXPECT_TRUE(is_accused_of(0, kMost));
  EXPECT_FALSE(is_accused_of(1, kMost));
  EXPECT_TRUE(is_accused_of(1, kMost + 1));
}

TEST(ValueLimits, tensors_that_share_storage_are_looked_at_up_to_twice_the_size_of_the_file) {
  constexpr std::int64_t kElements = 1 << 18;
  std::vector<float> storage(kElements);
  storage.back() = NAN;
  std::vector<View> views = {{"a", kElements - 1}, {"whole", kElements}};
  EXPECT_THAT(nonfinite_among(views, storage), ElementsAre("whole"));
  views.insert(views.begin(), {{"b", kElements - 1}, {"c", kElements - 1}});
  EXPECT_THAT(nonfinite_among(views, storage), IsEmpty());
}

}  // namespace
}  // namespace effgate
