#include "harness/measure/timing.h"

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <functional>
#include <numeric>
#include <string>

namespace effgate {
namespace {

using Clock = std::chrono::steady_clock;
using Pass = std::function<Status()>;

class ErrorText {
 public:
  effgate_text text() { return {buffer_.data(), buffer_.size()}; }
  Status status(std::string_view activity, effgate_code code) const {
    if (code == EFFGATE_OK) return success();
    return backend_error(activity, code, buffer_.data());
  }

 private:
  std::array<char, 1024> buffer_{};
};

Status synchronize(Session& session) {
  if (session.table().synchronize == nullptr) return success();
  ErrorText error;
  return error.status("waiting for the device",
                      session.table().synchronize(session.get(), error.text()));
}

// Two points in the device's time around a pass; none where the session has no events.
class DeviceClock {
 public:
  explicit DeviceClock(Session& session) : session_(session) {
    const effgate_backend& table = session.table();
    const bool has_events = table.event_create != nullptr && table.event_record != nullptr &&
                            table.event_elapsed != nullptr && table.event_free != nullptr;
    usable_ = has_events && create(&start_) && create(&end_);
  }
  ~DeviceClock() {
    if (start_ != nullptr) session_.table().event_free(start_);
    if (end_ != nullptr) session_.table().event_free(end_);
  }
  DeviceClock(const DeviceClock&) = delete;
  DeviceClock& operator=(const DeviceClock&) = delete;

  Status start() { return record(start_); }
  Status end() { return record(end_); }
  Result<std::optional<double>> seconds() {
    if (!usable_) return std::optional<double>{};
    double elapsed = 0;
    ErrorText error;
    EFFGATE_TRY(error.status(
        "reading the device's clock",
        session_.table().event_elapsed(session_.get(), start_, end_, &elapsed, error.text())));
    return std::optional<double>{elapsed};
  }

 private:
  bool create(effgate_event** event) {
    ErrorText error;
    return session_.table().event_create(session_.get(), event, error.text()) == EFFGATE_OK;
  }
  Status record(effgate_event* event) {
    if (!usable_) return success();
    ErrorText error;
    return error.status("marking the device's clock",
                        session_.table().event_record(session_.get(), event, error.text()));
  }

  Session& session_;
  effgate_event* start_ = nullptr;
  effgate_event* end_ = nullptr;
  bool usable_ = false;
};

// One forward pass recorded by the session. The executor's outputs lie in the capture's memory
// until its next plain run, so the recording must outlive that run.
class Recording {
 public:
  Recording(Executor& executor, Session& session) : executor_(executor), session_(session) {}
  ~Recording() {
    if (capture_ == nullptr) return;
    // A failure here cannot change the samples; the session reports it on its next call.
    static_cast<void>(executor_.run());
    session_.table().capture_free(capture_);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  Status make(int warm_up) {
    const effgate_backend& table = session_.table();
    if (table.capture_begin == nullptr || table.capture_end == nullptr ||
        table.capture_replay == nullptr || table.capture_free == nullptr) {
      return Error{ErrorKind::unsupported, "recording a forward pass: this library cannot"};
    }
    EFFGATE_TRY(warm_up_on_capture_stream(warm_up));
    ErrorText error;
    EFFGATE_TRY(
        error.status("beginning a recording", table.capture_begin(session_.get(), error.text())));
    const Status ran = executor_.run();
    EFFGATE_TRY(error.status("ending a recording",
                             table.capture_end(session_.get(), &capture_, error.text())));
    return ran;
  }

  Status replay() {
    ErrorText error;
    return error.status("replaying a forward pass",
                        session_.table().capture_replay(session_.get(), capture_, error.text()));
  }

 private:
  Status enter_capture_stream(int enter) {
    if (session_.table().capture_warm_up == nullptr) return success();
    ErrorText error;
    return error.status("warming up for a recording",
                        session_.table().capture_warm_up(session_.get(), enter, error.text()));
  }

  Status warm_up_on_capture_stream(int passes) {
    EFFGATE_TRY(enter_capture_stream(1));
    for (int i = 0; i < passes; ++i) EFFGATE_TRY(executor_.run());
    EFFGATE_TRY(synchronize(session_));
    return enter_capture_stream(0);
  }

  Executor& executor_;
  Session& session_;
  effgate_capture* capture_ = nullptr;
};

Result<ForwardSample> time_once(const Pass& pass, Session& session, DeviceClock& device) {
  EFFGATE_TRY(synchronize(session));
  const auto begin = Clock::now();
  EFFGATE_TRY(device.start());
  EFFGATE_TRY(pass());
  EFFGATE_TRY(device.end());
  EFFGATE_TRY(synchronize(session));
  ForwardSample sample;
  sample.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  EFFGATE_ASSIGN(sample.device_seconds, device.seconds());
  return sample;
}

Result<std::vector<ForwardSample>> time_passes(const Pass& pass, Session& session, int samples) {
  DeviceClock device(session);
  std::vector<ForwardSample> timed;
  for (int i = 0; i < samples; ++i) {
    EFFGATE_ASSIGN(const ForwardSample sample, time_once(pass, session, device));
    timed.push_back(sample);
  }
  return timed;
}

// Google Benchmark prints through its reporter; what we keep are our own samples.
class SilentReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

double total_seconds(const std::vector<ForwardSample>& samples) {
  return std::accumulate(
      samples.begin(), samples.end(), 0.0,
      [](double sum, const ForwardSample& sample) { return sum + sample.seconds; });
}

Result<std::vector<ForwardSample>> in_benchmark_frame(const Pass& pass, Session& session,
                                                      int samples) {
  Result<std::vector<ForwardSample>> timed = std::vector<ForwardSample>{};
  const auto body = [&](benchmark::State& state) {
    for (auto iteration : state) {
      static_cast<void>(iteration);
      timed = time_passes(pass, session, samples);
      state.SetIterationTime(timed.ok() ? total_seconds(*timed) : 0);
    }
  };
  benchmark::RegisterBenchmark("forward", body)->Iterations(1)->UseManualTime();
  SilentReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::ClearRegisteredBenchmarks();
  return timed;
}

}  // namespace

Result<std::vector<ForwardSample>> time_forward(Executor& executor, Session& session,
                                                const TimingOptions& options) {
  if (options.capture) {
    Recording recording(executor, session);
    EFFGATE_TRY(recording.make(options.warm_up));
    EFFGATE_TRY(recording.replay());
    return in_benchmark_frame([&] { return recording.replay(); }, session, options.samples);
  }
  for (int i = 0; i < options.warm_up; ++i) EFFGATE_TRY(executor.run());
  return in_benchmark_frame([&] { return executor.run(); }, session, options.samples);
}

}  // namespace effgate
