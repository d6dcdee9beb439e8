// The contract of backend.h with numbers worked out by hand. Every table must pass.
#include "harness/backend/backend_contract.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> counting(int count) {
  std::vector<float> values;
  for (int i = 1; i <= count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

// --- convolution -------------------------------------------------------------------------------

TEST_P(BackendContract, convolves_as_cross_correlation) {
  const auto x = tensor({1, 1, 3, 3}, counting(9));
  const auto weight = tensor({1, 1, 2, 2}, {1, 10, 100, 1000});
  const auto bias = tensor({1}, {0.5F});
  const auto w = window(2, 2);
  const auto y = made(table().conv2d, x.get(), weight.get(), bias.get(), &w);
  EXPECT_EQ(dims(y), (Dims{1, 1, 2, 2}));
  // 1 + 20 + 400 + 5000 and so on
  EXPECT_THAT(values(y), ElementsAre(5421.5F, 6532.5F, 8754.5F, 9865.5F));
}

TEST_P(BackendContract, convolves_without_a_bias) {
  const auto x = tensor({1, 2, 1, 2}, {1, 2, 3, 4});
  const auto weight = tensor({3, 2, 1, 1}, {1, 0, 0, 1, 2, -1});
  const auto w = window(1, 1);
  const auto y = made(table().conv2d, x.get(), weight.get(), nullptr, &w);
  EXPECT_EQ(dims(y), (Dims{1, 3, 1, 2}));
  EXPECT_THAT(values(y), ElementsAre(1, 2, 3, 4, -1, 0));
}

TEST_P(BackendContract, convolves_with_stride_padding_dilation_and_groups) {
  // Two channels, each with its own kernel that takes corners two apart.
  const auto x = tensor({1, 2, 3, 3}, counting(18));
  const auto weight = tensor({2, 1, 2, 2}, {1, 0, 0, 1, 0, 1, 1, 0});
  auto w = window(2, 2);
  w.stride[0] = 2;
  w.padding[0] = w.padding[1] = 1;
  w.dilation[0] = w.dilation[1] = 2;
  w.groups = 2;
  const auto y = made(table().conv2d, x.get(), weight.get(), nullptr, &w);
  EXPECT_EQ(dims(y), (Dims{1, 2, 2, 3}));
  // Rows -1 and 1, then 1 and 3; columns -1 and 1, 0 and 2, 1 and 3.
  EXPECT_THAT(values(y), ElementsAre(5, 6, 0, 0, 4, 5, 0, 13, 14, 14, 15, 0));
}

// --- normalisation and activations -------------------------------------------------------------

TEST_P(BackendContract, normalises_with_the_statistics_given) {
  const auto x = tensor({1, 2, 1, 2}, {1, 3, 10, 20});
  const auto weight = tensor({2}, {2, 1});
  const auto bias = tensor({2}, {1, -1});
  const auto mean = tensor({2}, {1, 10});
  const auto var = tensor({2}, {3, 99});
  // (x - mean) / sqrt(var + 1) * weight + bias
  const auto y =
      made(table().batch_norm, x.get(), weight.get(), bias.get(), mean.get(), var.get(), 1.0);
  EXPECT_THAT(values(y), Pointwise(FloatNear(1e-6F), {1.0F, 3.0F, -1.0F, 0.0F}));
}

struct ActivationCase {
  std::int32_t kind;
  double scalar;
  std::vector<float> expected;  // of -4, -1, 0, 1, 7
};

// From the definitions, to seven digits by hand calculator.
const std::vector<ActivationCase>& activation_cases() {
  static const std::vector<ActivationCase> kCases = {
      {EFFGATE_ACT_SILU, 0, {-0.07194484F, -0.2689414F, 0, 0.7310586F, 6.993623F}},
      {EFFGATE_ACT_RELU, 0, {0, 0, 0, 1, 7}},
      {EFFGATE_ACT_RELU6, 0, {0, 0, 0, 1, 6}},
      {EFFGATE_ACT_LEAKY_RELU, 0.25, {-1, -0.25F, 0, 1, 7}},
      {EFFGATE_ACT_HARD_SWISH, 0, {0, -0.3333333F, 0, 0.6666667F, 7}},
      {EFFGATE_ACT_HARD_SIGMOID, 0, {0, 0.3333333F, 0.5F, 0.6666667F, 1}},
      {EFFGATE_ACT_MISH, 0, {-0.07259174F, -0.3034015F, 0, 0.8650984F, 6.999988F}},
      {EFFGATE_ACT_SIGMOID, 0, {0.01798621F, 0.2689414F, 0.5F, 0.7310586F, 0.9990889F}},
  };
  return kCases;
}

TEST_P(BackendContract, activates_into_a_new_tensor) {
  for (const ActivationCase& activation : activation_cases()) {
    const auto x = tensor({5}, {-4, -1, 0, 1, 7});
    const auto y = made(table().activation, activation.kind, x.get(), activation.scalar, 0);
    EXPECT_THAT(values(y), Pointwise(FloatNear(2e-6F), activation.expected)) << activation.kind;
    EXPECT_THAT(values(x), ElementsAre(-4, -1, 0, 1, 7)) << activation.kind;
  }
}

TEST_P(BackendContract, activates_in_place_and_gives_no_tensor) {
  for (const ActivationCase& activation : activation_cases()) {
    const auto x = tensor({5}, {-4, -1, 0, 1, 7});
    const Outcome done = call(table().activation, activation.kind, x.get(), activation.scalar, 1);
    EXPECT_EQ(done.code, EFFGATE_OK) << done.text;
    EXPECT_EQ(done.tensor, nullptr);
    EXPECT_THAT(values(x), Pointwise(FloatNear(2e-6F), activation.expected)) << activation.kind;
  }
}

TEST_P(BackendContract, refuses_an_operation_of_an_unknown_kind) {
  const auto x = tensor({1}, {1});
  EXPECT_NE(call(table().activation, 99, x.get(), 0.0, 0).code, EFFGATE_OK);
  EXPECT_NE(call(table().activation, -1, x.get(), 0.0, 1).code, EFFGATE_OK);
  EXPECT_NE(call(table().binary, 3, x.get(), x.get(), 0).code, EFFGATE_OK);
}

// --- elementwise -------------------------------------------------------------------------------

TEST_P(BackendContract, adds_multiplies_and_divides_with_broadcasting) {
  const auto a = tensor({2, 2}, {1, 2, 3, 4});
  const auto row = tensor({2}, {10, 100});
  const auto scalar = tensor({}, {2});
  EXPECT_THAT(values(made(table().binary, EFFGATE_ADD, a.get(), row.get(), 0)),
              ElementsAre(11, 102, 13, 104));
  EXPECT_THAT(values(made(table().binary, EFFGATE_MUL, a.get(), row.get(), 0)),
              ElementsAre(10, 200, 30, 400));
  EXPECT_THAT(values(made(table().binary, EFFGATE_DIV, a.get(), scalar.get(), 0)),
              ElementsAre(0.5F, 1, 1.5F, 2));
  EXPECT_THAT(values(made(table().binary, EFFGATE_MUL, scalar.get(), row.get(), 0)),
              ElementsAre(20, 200));
}

TEST_P(BackendContract, calculates_in_place_on_the_first_operand) {
  const auto a = tensor({2}, {1, 2});
  const auto b = tensor({2}, {10, 20});
  const Outcome done = call(table().binary, EFFGATE_ADD, a.get(), b.get(), 1);
  EXPECT_EQ(done.code, EFFGATE_OK) << done.text;
  EXPECT_EQ(done.tensor, nullptr);
  EXPECT_THAT(values(a), ElementsAre(11, 22));
  EXPECT_THAT(values(b), ElementsAre(10, 20));
}

TEST_P(BackendContract, adds_a_number) {
  const auto x = tensor({2}, {1, 2});
  EXPECT_THAT(values(made(table().add_scalar, x.get(), 0.25)), ElementsAre(1.25F, 2.25F));
}

// --- padding and pools -------------------------------------------------------------------------

TEST_P(BackendContract, pads_left_right_top_and_bottom) {
  const auto x = tensor({1, 1, 1, 2}, {1, 2});
  const std::int64_t pads[4] = {1, 2, 0, 1};
  const auto y = made(table().constant_pad, x.get(), pads, -9.0);
  EXPECT_EQ(dims(y), (Dims{1, 1, 2, 5}));
  EXPECT_THAT(values(y), ElementsAre(-9, 1, 2, -9, -9, -9, -9, -9, -9, -9));
}

TEST_P(BackendContract, takes_the_largest_of_each_window) {
  const auto x = tensor({1, 1, 3, 3}, {-1, -2, -3, -4, -5, -6, -7, -8, -9});
  auto w = window(3, 3);
  w.stride[0] = w.stride[1] = 2;
  w.padding[0] = w.padding[1] = 1;  // what lies outside never wins
  const auto y = made(table().max_pool2d, x.get(), &w);
  EXPECT_EQ(dims(y), (Dims{1, 1, 2, 2}));
  EXPECT_THAT(values(y), ElementsAre(-1, -2, -4, -5));
}

TEST_P(BackendContract, counts_windows_that_end_outside_only_in_ceil_mode) {
  const auto x = tensor({1, 1, 1, 4}, {1, 2, 3, 4});
  auto w = window(1, 3);
  w.stride[0] = w.stride[1] = 2;
  EXPECT_THAT(values(made(table().max_pool2d, x.get(), &w)), ElementsAre(3));
  w.ceil_mode = 1;
  EXPECT_THAT(values(made(table().max_pool2d, x.get(), &w)), ElementsAre(3, 4));
}

TEST_P(BackendContract, averages_with_or_without_the_padding) {
  const auto x = tensor({1, 1, 1, 3}, {3, 6, 9});
  auto w = window(1, 3);
  w.padding[1] = 1;
  EXPECT_THAT(values(made(table().avg_pool2d, x.get(), &w)), ElementsAre(3, 6, 5));
  w.count_include_pad = 0;
  EXPECT_THAT(values(made(table().avg_pool2d, x.get(), &w)), ElementsAre(4.5F, 6, 7.5F));
}

TEST_P(BackendContract, averages_over_height_and_width) {
  const auto x = tensor({1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40});
  const auto y = made(table().mean_hw, x.get());
  EXPECT_EQ(dims(y), (Dims{1, 2, 1, 1}));
  EXPECT_THAT(values(y), ElementsAre(2.5F, 25));
}

// --- resampling --------------------------------------------------------------------------------

TEST_P(BackendContract, upsamples_by_the_nearest_element) {
  const auto x = tensor({1, 1, 1, 2}, {1, 2});
  const auto y = made(table().upsample_nearest2d, x.get(), std::int64_t{2}, std::int64_t{5});
  EXPECT_EQ(dims(y), (Dims{1, 1, 2, 5}));
  EXPECT_THAT(values(y), ElementsAre(1, 1, 1, 2, 2, 1, 1, 1, 2, 2));
}

TEST_P(BackendContract, upsamples_linearly_between_element_centres) {
  const auto x = tensor({1, 1, 1, 2}, {1, 3});
  const auto y = made(table().upsample_bilinear2d, x.get(), std::int64_t{1}, std::int64_t{4});
  EXPECT_THAT(values(y), ElementsAre(1, 1.5F, 2.5F, 3));
}

// --- reductions and joins ----------------------------------------------------------------------

TEST_P(BackendContract, shares_out_by_softmax_over_the_first_dimension) {
  const auto x = tensor({2}, {0, std::log(3.0F)});
  EXPECT_THAT(values(made(table().softmax0, x.get())), Pointwise(FloatNear(1e-6F), {0.25F, 0.75F}));
}

TEST_P(BackendContract, sums_everything_or_the_last_dimension) {
  const auto x = tensor({2, 3}, counting(6));
  const auto all = made(table().sum_all, x.get());
  EXPECT_EQ(dims(all), Dims{});
  EXPECT_THAT(values(all), ElementsAre(21));
  const auto rows = made(table().sum_last, x.get());
  EXPECT_EQ(dims(rows), Dims{2});
  EXPECT_THAT(values(rows), ElementsAre(6, 15));
}

TEST_P(BackendContract, selects_and_narrows) {
  const auto x = tensor({2, 3}, counting(6));
  const auto row = made(table().select0, x.get(), std::int64_t{1});
  EXPECT_EQ(dims(row), Dims{3});
  EXPECT_THAT(values(row), ElementsAre(4, 5, 6));
  const auto columns = made(table().narrow1, x.get(), std::int64_t{1}, std::int64_t{2});
  EXPECT_EQ(dims(columns), (Dims{2, 2}));
  EXPECT_THAT(values(columns), ElementsAre(2, 3, 5, 6));
}

TEST_P(BackendContract, refuses_what_lies_outside_a_tensor) {
  const auto x = tensor({2, 3}, counting(6));
  EXPECT_EQ(call(table().select0, x.get(), std::int64_t{2}).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().narrow1, x.get(), std::int64_t{2}, std::int64_t{2}).code, EFFGATE_INVALID);
}

TEST_P(BackendContract, stacks_and_concatenates) {
  const auto a = tensor({1, 2}, {1, 2});
  const auto b = tensor({1, 2}, {3, 4});
  const effgate_tensor* both[] = {a.get(), b.get()};
  const auto stacked = made(table().stack_last, both, 2);
  EXPECT_EQ(dims(stacked), (Dims{1, 2, 2}));
  EXPECT_THAT(values(stacked), ElementsAre(1, 3, 2, 4));
  const auto joined = made(table().cat1, both, 2);
  EXPECT_EQ(dims(joined), (Dims{1, 4}));
  EXPECT_THAT(values(joined), ElementsAre(1, 2, 3, 4));
}

// --- errors ------------------------------------------------------------------------------------

TEST_P(BackendContract, says_which_shapes_do_not_fit) {
  const auto x = tensor({1, 2, 3, 3}, counting(18));
  const auto weight = tensor({1, 1, 3, 3}, counting(9));
  const auto w = window(3, 3);
  const Outcome convolved = call(table().conv2d, x.get(), weight.get(), nullptr, &w);
  EXPECT_EQ(convolved.code, EFFGATE_INVALID);
  EXPECT_FALSE(convolved.text.empty());
  EXPECT_EQ(convolved.text.find('\n'), std::string::npos);
  const auto pair = tensor({2}, {1, 2});
  const auto triple = tensor({3}, {1, 2, 3});
  const Outcome added = call(table().binary, EFFGATE_ADD, pair.get(), triple.get(), 0);
  EXPECT_EQ(added.code, EFFGATE_INVALID);
  EXPECT_NE(added.text.find('3'), std::string::npos) << added.text;
}

TEST_P(BackendContract, writes_no_more_text_than_there_is_room_for) {
  const auto pair = tensor({2}, {1, 2});
  const auto triple = tensor({3}, {1, 2, 3});
  for (const std::size_t capacity : {0, 1, 8}) {
    std::array<char, 16> text;
    text.fill('#');
    effgate_tensor* out = nullptr;
    EXPECT_EQ(table().binary(session(), EFFGATE_ADD, pair.get(), triple.get(), 0, &out,
                             {text.data(), capacity}),
              EFFGATE_INVALID);
    EXPECT_EQ(out, nullptr);
    EXPECT_EQ(text[capacity], '#') << capacity;
    if (capacity > 0) {
      EXPECT_EQ(text[capacity - 1], '\0') << capacity;
    }
  }
}

TEST_P(BackendContract, fails_without_a_buffer_for_the_text) {
  const auto pair = tensor({2}, {1, 2});
  const auto triple = tensor({3}, {1, 2, 3});
  effgate_tensor* out = nullptr;
  EXPECT_EQ(
      table().binary(session(), EFFGATE_ADD, pair.get(), triple.get(), 0, &out, {nullptr, 64}),
      EFFGATE_INVALID);
}

TEST_P(BackendContract, calls_memory_that_cannot_be_had_out_of_memory) {
  const auto x = tensor({1, 1, 1, 1}, {1});
  const Outcome grown = call(table().upsample_nearest2d, x.get(), std::int64_t{1} << 24,
                             std::int64_t{1} << 24);  // a petabyte
  EXPECT_EQ(grown.code, EFFGATE_OUT_OF_MEMORY) << grown.text;
}

TEST_P(BackendContract, refuses_shapes_that_cannot_be) {
  const std::vector<float> one = {1};
  effgate_tensor* out = nullptr;
  for (const auto& dims : {Dims{-1}, Dims{std::int64_t{1} << 62, 4, 8}}) {
    const effgate_shape extents = shape(dims);
    EXPECT_NE(table().from_data(session(), EFFGATE_FLOAT32, &extents, one.data(), &out, error()),
              EFFGATE_OK);
  }
  effgate_shape deep{};
  deep.rank = EFFGATE_MAX_RANK + 1;
  EXPECT_NE(table().from_data(session(), EFFGATE_FLOAT32, &deep, one.data(), &out, error()),
            EFFGATE_OK);
  const effgate_shape single = shape({1});
  EXPECT_NE(table().from_data(session(), 77, &single, one.data(), &out, error()), EFFGATE_OK);
  EXPECT_EQ(out, nullptr);
}

// --- ownership ---------------------------------------------------------------------------------

TEST_P(BackendContract, copies_data_whatever_its_alignment) {
  const std::vector<float> source = {1.5F, -2.5F};
  std::vector<std::byte> shifted(1 + 2 * sizeof(float));
  std::memcpy(shifted.data() + 1, source.data(), 2 * sizeof(float));
  const auto x = tensor({2}, EFFGATE_FLOAT32, shifted.data() + 1);
  std::fill(shifted.begin(), shifted.end(), std::byte{0xff});
  EXPECT_THAT(values(x), ElementsAre(1.5F, -2.5F));
}

TEST_P(BackendContract, never_writes_to_borrowed_data) {
  alignas(64) const std::array<float, 2> mine = {-1, 2};
  const effgate_shape extents = shape({2});
  effgate_tensor* made = nullptr;
  ASSERT_EQ(table().borrow_data(session(), EFFGATE_FLOAT32, &extents, mine.data(), &made, error()),
            EFFGATE_OK)
      << error_text();
  const auto x = own(made);
  EXPECT_THAT(values(x), ElementsAre(-1, 2));
  EXPECT_EQ(call(table().activation, EFFGATE_ACT_RELU, x.get(), 0.0, 1).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().binary, EFFGATE_ADD, x.get(), x.get(), 1).code, EFFGATE_INVALID);
  EXPECT_THAT(values(this->made(table().activation, EFFGATE_ACT_RELU, x.get(), 0.0, 0)),
              ElementsAre(0, 2));
  EXPECT_EQ(mine[0], -1);
}

TEST_P(BackendContract, keeps_results_when_their_operands_are_freed) {
  auto x = tensor({2, 2}, counting(4));
  const auto row = made(table().select0, x.get(), std::int64_t{1});
  const auto sums = made(table().sum_last, x.get());
  x.reset();
  EXPECT_THAT(values(row), ElementsAre(3, 4));
  EXPECT_THAT(values(sums), ElementsAre(3, 7));
}

TEST_P(BackendContract, frees_nothing_for_a_null_tensor) { table().tensor_free(nullptr); }

TEST_P(BackendContract, copies_out_only_into_enough_room) {
  const auto x = tensor({3}, {1, 2, 3});
  std::array<float, 3> room{};
  EXPECT_EQ(table().copy_out(session(), x.get(), room.data(), sizeof room - 1, error()),
            EFFGATE_INVALID);
  EXPECT_EQ(table().copy_out(session(), x.get(), room.data(), sizeof room, error()), EFFGATE_OK);
  EXPECT_THAT(room, ElementsAre(1, 2, 3));
}

TEST_P(BackendContract, holds_every_dtype_of_the_border) {
  const std::array<std::byte, 8> content = {std::byte{1}};
  for (effgate_dtype dtype = EFFGATE_FLOAT64; dtype <= EFFGATE_BOOL; ++dtype) {
    const auto x = tensor({1, 1}, dtype, content.data());
    EXPECT_EQ(this->dtype(x), dtype);
    EXPECT_EQ(dims(x), (Dims{1, 1}));
    EXPECT_EQ(bytes(x)[0], std::byte{1}) << dtype;
  }
}

TEST_P(BackendContract, holds_tensors_without_elements_and_without_dimensions) {
  EXPECT_THAT(values(tensor({0, 3}, std::vector<float>{0})), ElementsAre());
  EXPECT_THAT(values(tensor({}, {4})), ElementsAre(4));
}

TEST_P(BackendContract, gives_infinities_and_nan_back) {
  const auto x = tensor({3}, {kInfinity, -kInfinity, std::nanf("")});
  const std::vector<float> back = values(x);
  EXPECT_EQ(back[0], kInfinity);
  EXPECT_EQ(back[1], -kInfinity);
  EXPECT_TRUE(std::isnan(back[2]));
}

// --- sessions, time and capture ----------------------------------------------------------------

TEST_P(BackendContract, computes_the_same_in_channels_last) {
  effgate_environment environment = default_environment();
  environment.channels_last = 1;
  reopen(environment);
  const auto x = tensor({1, 2, 2, 2}, counting(8));
  EXPECT_THAT(values(x), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  const auto weight = tensor({1, 2, 2, 2}, {1, 0, 0, 0, 0, 0, 0, 1});
  const auto w = window(2, 2);
  EXPECT_THAT(values(made(table().conv2d, x.get(), weight.get(), nullptr, &w)), ElementsAre(9));
}

TEST_P(BackendContract, opens_a_session_again_after_closing_it) {
  for (const int onednn : {0, 1}) {
    effgate_environment environment = default_environment();
    environment.onednn = onednn;
    environment.deterministic = 1;
    reopen(environment);
    const auto x = tensor({1, 1, 1, 1}, {3});
    const auto weight = tensor({1, 1, 1, 1}, {2});
    const auto w = window(1, 1);
    EXPECT_THAT(values(made(table().conv2d, x.get(), weight.get(), nullptr, &w)), ElementsAre(6));
  }
}

TEST_P(BackendContract, gives_time_between_recorded_events_only) {
  effgate_event* start = nullptr;
  effgate_event* end = nullptr;
  ASSERT_EQ(table().event_create(session(), &start, error()), EFFGATE_OK) << error_text();
  ASSERT_EQ(table().event_create(session(), &end, error()), EFFGATE_OK) << error_text();
  double seconds = -1;
  EXPECT_EQ(table().event_elapsed(session(), start, end, &seconds, error()), EFFGATE_INVALID);
  EXPECT_EQ(table().event_record(session(), start, error()), EFFGATE_OK);
  EXPECT_EQ(table().event_record(session(), end, error()), EFFGATE_OK);
  EXPECT_EQ(table().event_elapsed(session(), start, end, &seconds, error()), EFFGATE_OK);
  EXPECT_GE(seconds, 0);
  EXPECT_EQ(table().synchronize(session(), error()), EFFGATE_OK);
  table().event_free(start);
  table().event_free(end);
}

TEST_P(BackendContract, replays_a_capture_or_says_that_it_cannot) {
  const effgate_code begun = table().capture_begin(session(), error());
  if (begun == EFFGATE_UNSUPPORTED) {
    EXPECT_STRNE(error_text(), "");
    return;
  }
  ASSERT_EQ(begun, EFFGATE_OK) << error_text();
  effgate_capture* capture = nullptr;
  EXPECT_EQ(table().capture_end(session(), &capture, error()), EFFGATE_OK) << error_text();
  EXPECT_EQ(table().capture_replay(session(), capture, error()), EFFGATE_OK) << error_text();
  table().capture_free(capture);
}

TEST_P(BackendContract, counts_one_cpu_and_names_what_is_missing_for_cuda) {
  std::int32_t count = 0;
  EXPECT_EQ(table().device_count(EFFGATE_CPU, &count, error()), EFFGATE_OK);
  EXPECT_EQ(count, 1);
  const effgate_code cuda = table().device_count(EFFGATE_CUDA, &count, error());
  if (cuda == EFFGATE_OK) {
    EXPECT_GE(count, 1);
  } else {
    EXPECT_EQ(cuda, EFFGATE_UNSUPPORTED);
    EXPECT_STRNE(error_text(), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, BackendContract, ::testing::ValuesIn(contract_tables()),
                         table_label);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BackendContract);

}  // namespace
}  // namespace effgate
