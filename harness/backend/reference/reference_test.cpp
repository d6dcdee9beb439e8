#include "harness/backend/reference/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReferenceTable : public ::testing::Test {
 protected:
  void SetUp() override {
    effgate_environment environment{};
    environment.intra_op_threads = 2;
    ASSERT_EQ(table_.session_open(&environment, &session_, text()), EFFGATE_OK);
  }
  void TearDown() override { table_.session_close(session_); }

  effgate_text text() { return {message_.data(), message_.size()}; }

  effgate_tensor* upload(const std::vector<double>& values) {
    const effgate_shape shape = shape_of({static_cast<std::int64_t>(values.size())});
    effgate_tensor* tensor = nullptr;
    EXPECT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &shape, values.data(), &tensor, text()),
              EFFGATE_OK);
    return tensor;
  }
  std::vector<double> download(const effgate_tensor* tensor) {
    effgate_dtype dtype = 0;
    effgate_shape shape{};
    EXPECT_EQ(table_.describe(tensor, &dtype, &shape, text()), EFFGATE_OK);
    std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
    EXPECT_EQ(table_.copy_out(session_, tensor, values.data(), values.size() * 8, text()),
              EFFGATE_OK);
    return values;
  }

  const effgate_backend& table_ = *reference_backend();
  effgate_session* session_ = nullptr;
  std::array<char, 128> message_{};
};

TEST_F(ReferenceTable, keeps_a_copy_of_unaligned_data) {
  std::array<char, 17> bytes{};
  const double value = 3.25;
  std::memcpy(bytes.data() + 1, &value, 8);
  std::memcpy(bytes.data() + 9, &value, 8);
  const effgate_shape shape = shape_of({2});
  effgate_tensor* tensor = nullptr;
  ASSERT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &shape, bytes.data() + 1, &tensor, text()),
            EFFGATE_OK);
  bytes.fill(0);
  EXPECT_THAT(download(tensor), ElementsAre(3.25, 3.25));
  table_.tensor_free(tensor);
}

TEST_F(ReferenceTable, reads_borrowed_data_and_never_writes_it) {
  const std::array<double, 2> values{-1, 2};
  const effgate_shape shape = shape_of({2});
  effgate_tensor* tensor = nullptr;
  ASSERT_EQ(table_.borrow_data(session_, EFFGATE_FLOAT64, &shape, values.data(), &tensor, text()),
            EFFGATE_OK);
  effgate_tensor* out = nullptr;
  EXPECT_EQ(table_.activation(session_, EFFGATE_ACT_RELU, tensor, 0, 1, &out, text()),
            EFFGATE_INVALID);
  ASSERT_EQ(table_.activation(session_, EFFGATE_ACT_RELU, tensor, 0, 0, &out, text()), EFFGATE_OK);
  EXPECT_THAT(download(out), ElementsAre(0, 2));
  table_.tensor_free(out);
  table_.tensor_free(tensor);
}

TEST_F(ReferenceTable, holds_tensors_of_every_dtype) {
  const std::array<std::uint64_t, 2> values{0x0102030405060708, 0x1112131415161718};
  const effgate_shape shape = shape_of({2});
  for (effgate_dtype dtype = EFFGATE_FLOAT64; dtype <= EFFGATE_BOOL; ++dtype) {
    effgate_tensor* tensor = nullptr;
    ASSERT_EQ(table_.from_data(session_, dtype, &shape, values.data(), &tensor, text()),
              EFFGATE_OK);
    std::array<std::uint64_t, 2> back{};
    ASSERT_EQ(table_.copy_out(session_, tensor, back.data(), sizeof back, text()), EFFGATE_OK);
    const auto bytes = checked_bytes(dtype, shape);
    EXPECT_EQ(std::memcmp(back.data(), values.data(), *bytes), 0) << dtype;
    table_.tensor_free(tensor);
  }
  effgate_tensor* none = nullptr;
  EXPECT_EQ(table_.from_data(session_, 10, &shape, values.data(), &none, text()),
            EFFGATE_UNSUPPORTED);
}

TEST_F(ReferenceTable, refuses_shapes_that_cannot_be) {
  const double value = 0;
  effgate_tensor* none = nullptr;
  for (const effgate_shape& shape : {shape_of({-1}), effgate_shape{9, {}}, effgate_shape{-1, {}}}) {
    EXPECT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &shape, &value, &none, text()),
              EFFGATE_INVALID);
  }
  const effgate_shape huge = shape_of({1 << 30, 1 << 30, 1 << 30});
  EXPECT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &huge, &value, &none, text()),
            EFFGATE_OUT_OF_MEMORY);
  EXPECT_EQ(none, nullptr);
}

TEST_F(ReferenceTable, tells_of_memory_that_cannot_be_had) {
  const double value = 0;
  effgate_tensor* none = nullptr;
  const effgate_shape large = shape_of({1L << 50});
  EXPECT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &large, &value, &none, text()),
            EFFGATE_OUT_OF_MEMORY);
  EXPECT_THAT(message_.data(), HasSubstr("[1125899906842624]"));
}

TEST_F(ReferenceTable, refuses_a_buffer_that_is_too_small) {
  effgate_tensor* tensor = upload({1, 2});
  std::array<double, 2> values{};
  EXPECT_EQ(table_.copy_out(session_, tensor, values.data(), 15, text()), EFFGATE_INVALID);
  EXPECT_EQ(table_.copy_out(session_, tensor, values.data(), 16, text()), EFFGATE_OK);
  table_.tensor_free(tensor);
}

TEST_F(ReferenceTable, cuts_a_text_to_its_buffer) {
  std::array<char, 8> small{};
  effgate_tensor* tensor = upload({1});
  effgate_tensor* none = nullptr;
  EXPECT_EQ(table_.select0(session_, tensor, 5, &none, {small.data(), small.size()}),
            EFFGATE_INVALID);
  EXPECT_EQ(std::string(small.data()), "element");
  table_.tensor_free(tensor);
}

TEST_F(ReferenceTable, does_recorded_work_only_when_it_is_replayed) {
  effgate_tensor* x = upload({1, 2});
  effgate_tensor* none = nullptr;
  effgate_capture* capture = nullptr;
  ASSERT_EQ(table_.capture_begin(session_, text()), EFFGATE_OK);
  EXPECT_EQ(table_.capture_begin(session_, text()), EFFGATE_INVALID);
  ASSERT_EQ(table_.binary(session_, EFFGATE_ADD, x, x, 1, &none, text()), EFFGATE_OK);
  std::array<double, 2> values{};
  EXPECT_EQ(table_.copy_out(session_, x, values.data(), 16, text()), EFFGATE_INVALID);
  ASSERT_EQ(table_.capture_end(session_, &capture, text()), EFFGATE_OK);
  EXPECT_THAT(download(x), ElementsAre(1, 2));
  ASSERT_EQ(table_.capture_replay(session_, capture, text()), EFFGATE_OK);
  ASSERT_EQ(table_.capture_replay(session_, capture, text()), EFFGATE_OK);
  EXPECT_THAT(download(x), ElementsAre(4, 8));
  EXPECT_EQ(table_.capture_end(session_, &capture, text()), EFFGATE_INVALID);
  table_.capture_free(capture);
  table_.tensor_free(x);
}

TEST_F(ReferenceTable, tells_the_time_between_recorded_events) {
  effgate_event* start = nullptr;
  effgate_event* end = nullptr;
  ASSERT_EQ(table_.event_create(session_, &start, text()), EFFGATE_OK);
  ASSERT_EQ(table_.event_create(session_, &end, text()), EFFGATE_OK);
  double seconds = -1;
  EXPECT_EQ(table_.event_elapsed(session_, start, end, &seconds, text()), EFFGATE_INVALID);
  ASSERT_EQ(table_.event_record(session_, start, text()), EFFGATE_OK);
  ASSERT_EQ(table_.event_record(session_, end, text()), EFFGATE_OK);
  ASSERT_EQ(table_.event_elapsed(session_, start, end, &seconds, text()), EFFGATE_OK);
  EXPECT_GE(seconds, 0);
  table_.event_free(start);
  table_.event_free(end);
}

TEST_F(ReferenceTable, counts_the_bytes_that_tensors_held_at_most) {
  effgate_tensor* x = upload({1, 2});
  effgate_tensor* y = upload({1, 2, 3});
  table_.tensor_free(x);
  table_.tensor_free(upload({1}));
  std::uint64_t peak = 0;
  ASSERT_EQ(table_.peak_device_bytes(session_, &peak, text()), EFFGATE_OK);
  EXPECT_EQ(peak, 40u);
  table_.tensor_free(y);
}

TEST_F(ReferenceTable, has_no_cuda_device_and_no_loader) {
  std::int32_t count = 0;
  EXPECT_EQ(table_.device_count(EFFGATE_CPU, &count, text()), EFFGATE_OK);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(table_.device_count(EFFGATE_CUDA, &count, text()), EFFGATE_UNSUPPORTED);
  EXPECT_EQ(table_.load_library_file, nullptr);
}

}  // namespace
}  // namespace effgate
