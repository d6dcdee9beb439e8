// The real effgate-cell program on recipe checkpoints, with the reference and the testing backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmath>
#include <fstream>
#include <thread>

#include "harness/base/hash.h"
#include "harness/cell/cell_program.h"
#include "harness/checkpoint/checkpoint.h"

namespace effgate {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kSide = 128;

class Cell : public testing::Test {
 protected:
  void SetUp() override {
    auto directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory.ok());
    directory_.emplace(*std::move(directory));
  }

  std::filesystem::path file(const std::string& name) const { return directory_->path() / name; }

  CellJob job_for(const std::string& model) const {
    CellJob job;
    job.cell = "test";
    job.model = model;
    job.adapter = "builtin:reference";
    job.checkpoint_path = file(model + ".pth");
    job.height = kSide;
    job.width = kSide;
    return job;
  }

  JobOutcome run(const CellJob& job) const { return run_in_cell(job, directory_->path()); }

  CellJob with_recipe(const std::string& model) const {
    CellJob job = job_for(model);
    job.kind = JobKind::make_recipe;
    job.output_path = job.checkpoint_path;
    expect_end(run(job), "measured", "");
    return job_for(model);
  }

  // The same job, to be compared with its truth.
  CellJob with_truth(CellJob job) const {
    job.kind = JobKind::truth;
    job.output_path = file("truth.safetensors");
    expect_end(run(job), "measured", "");
    job.kind = JobKind::measure;
    job.truth_path = job.output_path;
    job.output_path.clear();
    job.drift = true;
    return job;
  }

  CellJob with_faults(CellJob job, const std::string& faults) const {
    job.adapter = "builtin:testing:" + faults;
    return job;
  }

  static void expect_end(const JobOutcome& outcome, const std::string& status,
                         const std::string& reason) {
    EXPECT_EQ(outcome.wait_status, 0);
    ASSERT_NE(outcome.end(), nullptr);
    EXPECT_EQ(outcome.end()->status, status) << outcome.end()->message;
    EXPECT_EQ(outcome.end()->reason, reason) << outcome.end()->message;
  }

  static double drift(const JobOutcome& outcome, const std::string& tap,
                      const std::string& metric) {
    for (const DriftMeasure& each : outcome.all<DriftMeasure>()) {
      if (each.tap == tap && each.metric == metric) return each.value;
    }
    ADD_FAILURE() << "no " << metric << " of " << tap;
    return std::nan("");
  }

  std::optional<TemporaryDirectory> directory_;
};

// float32 storage with double accumulation: differences of a few units of 2^-24 on each of some
// hundred layers, far below 1e-4 of the outputs, and not zero.
TEST_F(Cell, measures_the_drift_of_a_recipe_checkpoint_against_its_truth) {
  for (const std::string model : {"tf_efficientdet_lite0", "tf_efficientdet_d0"}) {
    const JobOutcome outcome = run(with_truth(with_recipe(model)));
    expect_end(outcome, "measured", "");
    const auto loads = outcome.all<LoadRecord>();
    ASSERT_EQ(loads.size(), 1);
    EXPECT_EQ(loads[0].missing + loads[0].unexpected + loads[0].mismatched, 0);
    EXPECT_EQ(loads[0].container, "zip");
    EXPECT_EQ(outcome.all<FingerprintRecord>().size(), 10);
    EXPECT_EQ(drift(outcome, "box/7", "nonfinite"), 0);
    EXPECT_LT(drift(outcome, "class/3", "rel_rms"), 1e-5);
    EXPECT_GT(drift(outcome, "class/3", "rel_rms"), 1e-9);
    EXPECT_EQ(drift(outcome, "det", "detections_paired"), 1);
    EXPECT_GT(drift(outcome, "det", "detections"), 50);
  }
}

// The values of a file that zylo's own code saved for these weights, one after the other.
TEST_F(Cell, writes_the_recipe_of_zylos_d0_as_zylo_saved_it) {
  const CellJob job = with_recipe("zylo:tf_efficientdet_d0");
  const auto written = Checkpoint::open(job.checkpoint_path);
  ASSERT_TRUE(written.ok()) << written.error().message;
  ASSERT_EQ(written->tensors().size(), 784U);
  EXPECT_EQ(written->tensors().front().name, "bifpn.0.p6_w1");
  Sha256 hash;
  for (const TensorEntry& tensor : written->tensors()) hash.update(tensor.data);
  EXPECT_EQ(hex_text(hash.finish()),
            "04107314038922588238022b9eae443a61a1a090b41b2a306ced65c10dde2faf");
}

TEST_F(Cell, loads_a_file_of_another_implementations_into_its_network_and_no_other) {
  CellJob job = with_truth(with_recipe("zylo:tf_efficientdet_d0"));
  const JobOutcome outcome = run(job);
  expect_end(outcome, "measured", "");
  EXPECT_EQ(outcome.all<LoadRecord>().at(0).tensors, 784);
  EXPECT_LT(drift(outcome, "class/3", "rel_rms"), 1e-5);
  job.model = "tf_efficientdet_d0";
  expect_end(run(job), "load_mismatch", "keys.missing");
}

TEST_F(Cell, says_what_library_it_really_used) {
  const JobOutcome outcome = run(with_recipe("tf_efficientdet_lite0"));
  const auto identities = outcome.all<IdentityRecord>();
  ASSERT_EQ(identities.size(), 1);
  EXPECT_EQ(identities[0].library, "reference");
  EXPECT_THAT(identities[0].loaded_paths, testing::Contains(HasSubstr("libc.so")));
}

TEST_F(Cell, rounds_weights_to_the_dtype_of_the_cell) {
  CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  job.dtype = DType::bfloat16;
  const JobOutcome outcome = run(job);
  expect_end(outcome, "measured", "");
  // bfloat16 has 8 bits of significand: three orders of magnitude above float32's noise.
  EXPECT_GT(drift(outcome, "class/3", "rel_rms"), 1e-3);
}

TEST_F(Cell, keeps_every_timing_sample) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.time = true;
  job.timing = {.warm_up = 1, .samples = 4, .restart = 3, .capture = false};
  const JobOutcome outcome = run(job);
  expect_end(outcome, "measured", "");
  int forwards = 0;
  for (const TimingSample& sample : outcome.all<TimingSample>()) {
    EXPECT_EQ(sample.restart, 3);
    EXPECT_GE(sample.seconds, 0);
    if (sample.phase != "forward") continue;
    EXPECT_EQ(sample.sample, forwards++);
  }
  EXPECT_EQ(forwards, 4);
}

TEST_F(Cell, writes_a_forward_pass_with_detections_and_taps) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.kind = JobKind::forward;
  job.output_path = file("out.safetensors");
  job.detections = true;
  job.taps = true;
  job.batch = 2;
  expect_end(run(job), "measured", "");
  const auto written = Checkpoint::open(job.output_path);
  ASSERT_TRUE(written.ok()) << written.error().message;
  const auto shape = [&](const std::string& name) {
    const TensorEntry* tensor = written->find(name);
    return tensor == nullptr ? std::vector<std::int64_t>{} : tensor->shape;
  };
  EXPECT_EQ(shape("class/3"), (std::vector<std::int64_t>{2, 810, 16, 16}));
  EXPECT_EQ(shape("box/7"), (std::vector<std::int64_t>{2, 36, 1, 1}));
  EXPECT_EQ(shape("det"), (std::vector<std::int64_t>{2, 100, 6}));
  EXPECT_EQ(shape("backbone.conv_stem"), (std::vector<std::int64_t>{2, 32, 64, 64}));
}

// In Python: 24 missing, 1058 unexpected and 650 mismatched keys.
TEST_F(Cell, weights_of_d7_do_not_load_into_d0) {
  CellJob job = with_recipe("tf_efficientdet_d7");
  job.model = "tf_efficientdet_d0";
  const JobOutcome outcome = run(job);
  expect_end(outcome, "load_mismatch", "keys.missing");
  const auto loads = outcome.all<LoadRecord>();
  ASSERT_EQ(loads.size(), 1);
  EXPECT_EQ(loads[0].missing, 24);
  EXPECT_EQ(loads[0].unexpected, 1058);
  EXPECT_EQ(loads[0].mismatched, 650);
  EXPECT_THAT(outcome.end()->message, HasSubstr("tf_efficientdet_d7"));
}

TEST_F(Cell, another_class_count_is_a_mismatch_unless_it_is_asked_for) {
  CellJob recipe = job_for("tf_efficientdet_lite0");
  recipe.kind = JobKind::make_recipe;
  recipe.num_classes = 3;
  recipe.output_path = recipe.checkpoint_path;
  expect_end(run(recipe), "measured", "");
  CellJob job = job_for("tf_efficientdet_lite0");
  expect_end(run(job), "load_mismatch", "arch.class_count");
  job.num_classes = 3;
  expect_end(run(job), "measured", "");
}

TEST_F(Cell, a_truncated_file_is_unreadable) {
  const CellJob job = with_recipe("tf_efficientdet_lite0");
  std::filesystem::resize_file(job.checkpoint_path,
                               std::filesystem::file_size(job.checkpoint_path) / 2);
  expect_end(run(job), "unreadable", "file.truncated");
}

TEST_F(Cell, a_file_that_is_something_else_is_unreadable) {
  const CellJob job = job_for("tf_efficientdet_lite0");
  write_text(job.checkpoint_path, "<!DOCTYPE html><html></html>");
  expect_end(run(job), "unreadable", "file.not_a_checkpoint");
}

TEST_F(Cell, a_file_that_is_not_there_is_told_from_a_key_that_is_not_in_it) {
  CellJob missing = job_for("tf_efficientdet_lite0");
  missing.checkpoint_path = (directory_->path() / "nothing.pth").string();
  expect_end(run(missing), "unreadable", "file.not_found");
  CellJob mistyped = with_recipe("tf_efficientdet_lite0");
  mistyped.checkpoint_key = "state_dcit";
  expect_end(run(mistyped), "unreadable", "file.no_state_dict");
}

// A legacy checkpoint's magic number and protocol, then a pickle that asks for os.system.
std::string malicious_checkpoint(const std::filesystem::path& witness) {
  const std::string magic =
      std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  const std::string protocol = std::string("\x80\x02M\xe9\x03.", 6);
  const std::string system_info = std::string("\x80\x02}q\x00.", 6);
  return magic + protocol + system_info + "\x80\x02" + "cposix\nsystem\n(S'touch " +
         witness.string() + "'\ntR.";
}

TEST_F(Cell, a_file_that_would_run_code_is_unsafe_and_runs_nothing) {
  CellJob job = job_for("tf_efficientdet_lite0");
  write_text(job.checkpoint_path, malicious_checkpoint(file("witness")));
  expect_end(run(job), "unsafe", "file.unsafe");
  job.loader = "library";
  expect_end(run(job), "unsafe", "file.unsafe");
  EXPECT_FALSE(std::filesystem::exists(file("witness")));
}

TEST_F(Cell, a_library_that_cannot_be_loaded_is_missing) {
  CellJob job = job_for("tf_efficientdet_lite0");
  job.adapter = file("no-such-adapter.so");
  expect_end(run(job), "library_missing", "not_loaded");
}

TEST_F(Cell, a_library_without_loaders_of_its_own_is_unsupported) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.loader = "library";
  expect_end(run(job), "unsupported", "no_loader");
}

TEST_F(Cell, a_device_that_the_library_does_not_have_is_unsupported) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.environment.device = "cuda";
  expect_end(run(job), "unsupported", "no_device");
}

TEST_F(Cell, what_the_library_reports_becomes_the_status) {
  const CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  expect_end(run(with_faults(job, "unsupported@conv2d")), "unsupported", "no_kernel");
  expect_end(run(with_faults(job, "library_error@50")), "library_error", "raised");
  expect_end(run(with_faults(job, "out_of_memory@50")), "oom", "host_memory");
}

TEST_F(Cell, nan_in_the_outputs_is_nonfinite) {
  const CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  const JobOutcome outcome = run(with_faults(job, "nan@conv2d"));
  expect_end(outcome, "nonfinite", "nan_or_infinity");
  EXPECT_GT(drift(outcome, "class/3", "nonfinite"), 0);
}

TEST_F(Cell, repeats_that_differ_are_nondeterministic) {
  const CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  expect_end(run(with_faults(job, "nondeterministic@conv2d:1e-3")), "nondeterministic",
             "repeats_differ");
}

TEST_F(Cell, a_crash_keeps_what_was_found_before) {
  const CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  const JobOutcome outcome = run(with_faults(job, "abort@50"));
  ASSERT_TRUE(WIFSIGNALED(outcome.wait_status));
  EXPECT_EQ(WTERMSIG(outcome.wait_status), SIGABRT);
  EXPECT_EQ(outcome.end(), nullptr);
  EXPECT_EQ(outcome.all<LoadRecord>().size(), 1);
}

TEST_F(Cell, is_stopped_by_its_memory_limit_and_says_so) {
  CellJob job = with_recipe("tf_efficientdet_d0");
  job.height = 1024;
  job.width = 1024;
  job.time = true;
  job.memory_bytes = 150'000'000;
  expect_end(run(job), "oom", "host_memory");
}

// --- serving ------------------------------------------------------------------------------------

class ServedCells : public Cell {
 protected:
  // Writes the job and gives the request for it.
  ServeRequest request(std::int64_t id, const CellJob& job) const {
    const std::string number = std::to_string(id);
    write_text(file(number + ".job"), to_json_line(job));
    return {id, file(number + ".job"), file(number + ".result"), file(number + ".stderr")};
  }

  static ServeEvent next_event(CellProgram& program) {
    const auto line = program.read_line();
    EXPECT_TRUE(line.has_value());
    const auto event = parse_serve_event(line.value_or(""));
    EXPECT_TRUE(event.ok()) << line.value_or("");
    return event.ok() ? *event : ServeEvent{};
  }

  static ServeEvent wait_for(CellProgram& program, std::int64_t id, const std::string& what) {
    for (int i = 0; i < 100; ++i) {
      ServeEvent event = next_event(program);
      if (event.id == id && event.what == what) return event;
    }
    ADD_FAILURE() << "no " << what << " of " << id;
    return {};
  }

  std::string status_of(std::int64_t id) const {
    const auto records = records_in(file(std::to_string(id) + ".result"));
    const auto* end = records.empty() ? nullptr : std::get_if<EndRecord>(&records.back());
    return end == nullptr ? "none" : end->status;
  }
};

TEST_F(ServedCells, one_that_crashes_costs_itself_only) {
  const CellJob job = with_truth(with_recipe("tf_efficientdet_lite0"));
  CellProgram program({"--serve", "builtin:testing"});
  EXPECT_EQ(next_event(program).what, "ready");
  program.write(to_json_line(request(1, with_faults(job, ""))));
  EXPECT_EQ(wait_for(program, 1, "ended").wait_status, 0);
  program.write(to_json_line(request(2, with_faults(job, "crash@40"))));
  EXPECT_EQ(WTERMSIG(wait_for(program, 2, "ended").wait_status), SIGSEGV);
  program.write(to_json_line(request(3, with_faults(job, ""))));
  EXPECT_EQ(wait_for(program, 3, "ended").wait_status, 0);
  program.close_input();
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(status_of(1), "measured");
  EXPECT_EQ(status_of(2), "none");
  EXPECT_EQ(status_of(3), "measured");
}

TEST_F(ServedCells, one_that_hangs_is_killed_from_outside_while_others_go_on) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.time = true;
  CellProgram program({"--serve", "builtin:testing"});
  EXPECT_EQ(next_event(program).what, "ready");
  program.write(to_json_line(request(1, with_faults(job, "hang@20"))));
  const ServeEvent started = wait_for(program, 1, "started");
  program.write(to_json_line(request(2, with_faults(job, ""))));
  EXPECT_EQ(wait_for(program, 2, "ended").wait_status, 0);
  EXPECT_EQ(kill(static_cast<pid_t>(started.pid), SIGKILL), 0);
  EXPECT_EQ(WTERMSIG(wait_for(program, 1, "ended").wait_status), SIGKILL);
  program.close_input();
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(ServedCells, one_that_eats_memory_meets_its_limit) {
  CellJob job = with_recipe("tf_efficientdet_lite0");
  job.time = true;
  job.memory_bytes = 400'000'000;
  CellProgram program({"--serve", "builtin:testing"});
  EXPECT_EQ(next_event(program).what, "ready");
  program.write(to_json_line(request(1, with_faults(job, "eat_memory@20:1e9"))));
  EXPECT_EQ(wait_for(program, 1, "ended").wait_status, 0);
  EXPECT_EQ(status_of(1), "oom");
}

TEST_F(ServedCells, a_library_that_cannot_be_loaded_is_told) {
  CellProgram program({"--serve", file("no-such-adapter.so")});
  const ServeEvent event = next_event(program);
  EXPECT_EQ(event.what, "failed");
  EXPECT_THAT(event.message, HasSubstr("no-such-adapter.so"));
}

// --- the program --------------------------------------------------------------------------------

TEST_F(Cell, identifies_a_library) {
  CellProgram program({"--identify", "builtin:reference"});
  const auto record = parse_record(program.read_line().value_or(""));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(std::get<IdentityRecord>(*record).library, "reference");
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(Cell, brings_no_library_that_a_tensor_library_brings_too) {
  CellProgram program({"--identify", "builtin:reference"});
  const auto record = parse_record(program.read_line().value_or(""));
  ASSERT_TRUE(record.ok());
  for (const std::string& path : std::get<IdentityRecord>(*record).loaded_paths) {
    for (const char* name : {"libcrypto", "libfmt", "libuv", "libsqlite", "libgomp", "libxxhash"}) {
      EXPECT_EQ(path.find(name), std::string::npos) << path;
    }
  }
}

TEST_F(Cell, refuses_options_that_it_does_not_know) {
  CellProgram program({"--jib", "x"});
  EXPECT_EQ(WEXITSTATUS(program.wait()), 2);
}

// Whatever the program exports, a tensor library that is loaded later would bind to.
TEST_F(Cell, exports_nothing_that_a_tensor_library_could_bind_to) {
  const std::string symbols = file("symbols");
  const char* build = std::getenv("EFFGATE_BUILD_DIR");
  ASSERT_NE(build, nullptr);
  const std::string command =
      "nm -D -C --defined-only '" + std::string(build) + "/effgate-cell' > '" + symbols + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string text = *read_text_file(symbols);
  for (const char* owner : {"fmt::", "nlohmann", "effgate::", "XXH", "EVP_", "SSL_", "miniz",
                            "protobuf", "sqlite", "uv_"}) {
    EXPECT_EQ(text.find(owner), std::string::npos) << owner;
  }
}

}  // namespace
}  // namespace effgate
