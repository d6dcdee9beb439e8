#include "harness/cell/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace effgate {
namespace {

using testing::HasSubstr;

CellJob unusual_job() {
  CellJob job;
  job.kind = JobKind::forward;
  job.cell = "d0/file:a\nb/torch-2.15.0";
  job.checkpoint_path = "weights/ü \"quoted\".pth";
  job.checkpoint_key = "state_dict";
  job.ema = true;
  job.model = "tf_efficientdet_d0";
  job.num_classes = 12;
  job.adapter = "builtin:testing";
  job.environment.device = "cuda";
  job.environment.intra_op_threads = 7;
  job.environment.onednn = false;
  job.dtype = DType::bfloat16;
  job.tf32_cell = true;
  job.height = 256;
  job.width = 384;
  job.batch = 3;
  job.input = {"file:in.safetensors", ScaledPicture{640, 427, 1.25, 1.5}};
  job.loader = "library";
  job.drift = true;
  job.time = true;
  job.truth_path = "truth.safetensors";
  job.timing = {.warm_up = 1, .samples = 5, .restart = 4, .capture = true};
  job.repeats = 9;
  job.output_path = "out";
  job.detections = true;
  job.soft_nms = true;
  job.taps = true;
  job.memory_bytes = std::numeric_limits<std::uint64_t>::max();
  return job;
}

std::vector<CellRecordLine> one_record_of_each_kind() {
  return {
      IdentityRecord{"torch", "2.6.0", "2.6.0", "/lib/x.so", "gcc\navx2", {"/a", "/b"}},
      LoadRecord{0.25, "zip", "torch", {"state_dict"}, 3, 1, 2, 4, {"backbone.x"}},
      DriftMeasure{"class/3", "rel_rms", 1.25e-7},
      FingerprintRecord{"box/7", "0123456789abcdef"},
      TimingSample{"forward", 1, 2, 0.5, 0.25},
      EndRecord{"unsupported", "no_kernel", "\"slow_conv2d_cpu\" not implemented for 'Half'", 99},
  };
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

TEST(Protocol, a_job_keeps_every_member_on_its_way) {
  const std::string line = to_json_line(unusual_job());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Result<CellJob> job = parse_job(line);
  ASSERT_TRUE(job.ok()) << job.error().message;
  EXPECT_EQ(job->kind, JobKind::forward);
  EXPECT_EQ(job->checkpoint_path, "weights/ü \"quoted\".pth");
  EXPECT_EQ(job->num_classes, 12);
  EXPECT_EQ(job->input.picture->scale, 1.25);
  EXPECT_EQ(job->environment, unusual_job().environment);
  EXPECT_EQ(job->dtype, DType::bfloat16);
  EXPECT_EQ(job->timing.restart, 4);
  EXPECT_EQ(job->memory_bytes, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(to_json_line(*job), line);
}

TEST(Protocol, a_job_without_an_own_class_count_has_none) {
  const Result<CellJob> job = parse_job(to_json_line(CellJob{}));
  ASSERT_TRUE(job.ok());
  EXPECT_FALSE(job->num_classes.has_value());
}

TEST(Protocol, refuses_a_job_that_lacks_a_key_or_has_one_too_many) {
  const std::string line = to_json_line(CellJob{});
  EXPECT_THAT(parse_job(with(line, "\"ema\":false,", "")).error().message, HasSubstr("\"ema\""));
  EXPECT_EQ(parse_job(with(line, "{\"kind\"", "{\"kin\":1,\"kind\"")).error().kind,
            ErrorKind::malformed);
  EXPECT_FALSE(parse_job(with(line, "\"samples\":10,", "")).ok());
}

TEST(Protocol, refuses_values_of_another_type_or_range) {
  const std::string line = to_json_line(CellJob{});
  EXPECT_TRUE(parse_job(with(line, "\"batch\":1", "\"batch\":2")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"batch\":1", "\"batch\":1.5")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"batch\":1", "\"batch\":\"1\"")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"repeats\":2", "\"repeats\":3000000000")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"memory_bytes\":0", "\"memory_bytes\":-1")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"float32\"", "\"float31\"")).ok());
  EXPECT_FALSE(parse_job(with(line, "\"measure\"", "\"guess\"")).ok());
  EXPECT_FALSE(parse_job("[]").ok());
  EXPECT_FALSE(parse_job(std::string(100000, '[')).ok());
}

TEST(Protocol, records_keep_their_kind_and_members) {
  for (const CellRecordLine& record : one_record_of_each_kind()) {
    const std::string line = to_json_line(record);
    const Result<CellRecordLine> again = parse_record(line);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->index(), record.index());
    EXPECT_EQ(to_json_line(*again), line);
  }
}

TEST(Protocol, carries_infinity_and_nan_as_values) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto value = [](double sent) {
    return std::get<DriftMeasure>(*parse_record(to_json_line(DriftMeasure{"det", "m", sent})))
        .value;
  };
  EXPECT_EQ(value(infinity), infinity);
  EXPECT_EQ(value(-infinity), -infinity);
  EXPECT_TRUE(std::isnan(value(std::nan(""))));
  EXPECT_EQ(value(0.1), 0.1);
}

TEST(Protocol, bytes_that_are_no_text_do_not_stop_a_record) {
  const std::string line = to_json_line(EndRecord{"library_error", "", "bad \xff byte", 0});
  EXPECT_TRUE(parse_record(line).ok());
}

TEST(Protocol, refuses_a_record_of_an_unknown_kind) {
  const std::string line = to_json_line(FingerprintRecord{"class/3", "00"});
  EXPECT_TRUE(parse_record(line).ok());
  EXPECT_FALSE(parse_record(with(line, "\"fingerprint\"", "\"footprint\"")).ok());
  EXPECT_FALSE(parse_record(with(line, "\"record\":\"fingerprint\",", "")).ok());
}

TEST(Protocol, serve_lines_keep_every_member) {
  const std::string request = to_json_line(ServeRequest{5, "job", "result", "err"});
  const std::string event = to_json_line(ServeEvent{5, "ended", 1234, 139, 1 << 20, "why"});
  ASSERT_TRUE(parse_serve_request(request).ok());
  ASSERT_TRUE(parse_serve_event(event).ok());
  EXPECT_EQ(to_json_line(*parse_serve_request(request)), request);
  EXPECT_EQ(to_json_line(*parse_serve_event(event)), event);
  EXPECT_FALSE(parse_serve_request(event).ok());
}

// However much of a file a dying cell has written, the whole lines of it count, and no others.
TEST(WholeRecords, are_those_before_the_cut_at_every_length) {
  std::string content;
  std::vector<std::size_t> ends;
  for (const CellRecordLine& record : one_record_of_each_kind()) {
    content += to_json_line(record);
    ends.push_back(content.size());
  }
  for (std::size_t length = 0; length <= content.size(); ++length) {
    const auto whole =
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= length; });
    ASSERT_EQ(whole_records(std::string_view(content).substr(0, length)).size(), whole)
        << "cut at " << length;
  }
}

TEST(WholeRecords, end_at_the_first_line_that_is_none) {
  const std::string good = to_json_line(FingerprintRecord{"class/3", "00"});
  EXPECT_EQ(whole_records(good + good).size(), 2);
  EXPECT_EQ(whole_records(good + "{\"record\":\n" + good).size(), 1);
}

}  // namespace
}  // namespace effgate
