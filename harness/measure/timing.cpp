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

Status repeat(const Pass& pass, int times) {
  for (int i = 0; i < times; ++i) EFFGATE_TRY(pass());
  return success();
}

}  // namespace

Result<std::vector<ForwardSample>> time_forward(Executor& executor, Session& session,
                                                const TimingOptions& options) {
  if (options.capture) {
    EFFGATE_TRY(executor.capture());
    const Pass replay = [&] { return executor.replay(); };
    EFFGATE_TRY(repeat(replay, options.warm_up));
    return in_benchmark_frame(replay, session, options.samples);
  }
  const Pass run = [&] { return executor.run(); };
  EFFGATE_TRY(repeat(run, options.warm_up));
  return in_benchmark_frame(run, session, options.samples);
}

}  // namespace effgate
