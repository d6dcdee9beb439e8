#include "harness/backend/testing/misbehaviour.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <random>
#include <thread>

#include "harness/backend/reference/reference.h"
#include "harness/backend/reference/scalar.h"

namespace effgate {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void sleep_for_ever() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

// Ends by the signal even where something handles it.
[[noreturn]] void end_by_signal(int number) {
  std::signal(number, SIG_DFL);
  std::raise(number);
  sleep_for_ever();
}

// The text is that of PyTorch's allocator on a CPU.
effgate_code fail_to_allocate(effgate_text error) {
  write_text(
      "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1099511627776 "
      "bytes. Error code 12 (Cannot allocate memory)",
      error);
  return EFFGATE_OUT_OF_MEMORY;
}

effgate_code eat_memory(double bytes, effgate_text error) {
  constexpr std::size_t kBite = std::size_t{16} << 20;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::vector<std::unique_ptr<void, Free>> bites;
  for (double eaten = 0; eaten < bytes; eaten += static_cast<double>(kBite)) {
    std::unique_ptr<void, Free> bite(std::malloc(kBite));
    if (!bite) break;
    std::fill_n(static_cast<volatile char*>(bite.get()), kBite, 'x');
    bites.push_back(std::move(bite));
  }
  return fail_to_allocate(error);
}

effgate_code fail(effgate_code code, const std::string& text, effgate_text error) {
  write_text(text, error);
  return code;
}

// What each element of the result is multiplied with.
double factor_of(const Fault& fault) {
  if (fault.kind == FaultKind::nan) return std::numeric_limits<double>::quiet_NaN();
  if (fault.kind == FaultKind::perturb) return 1 + fault.amount;
  std::random_device source;
  return 1 + fault.amount * std::generate_canonical<double, 32>(source);
}

bool changes_results(FaultKind kind) {
  return kind == FaultKind::nan || kind == FaultKind::perturb ||
         kind == FaultKind::nondeterministic;
}

}  // namespace

effgate_code strike(const Fault& fault, std::string_view function, effgate_text error) {
  const std::string name(function);
  switch (fault.kind) {
    case FaultKind::crash: end_by_signal(SIGSEGV);
    case FaultKind::abort: end_by_signal(SIGABRT);
    case FaultKind::exit: _exit(3);
    case FaultKind::hang: sleep_for_ever();
    case FaultKind::eat_memory: return eat_memory(fault.amount, error);
    case FaultKind::out_of_memory: return fail_to_allocate(error);
    case FaultKind::library_error:
      return fail(EFFGATE_LIBRARY_ERROR, "INTERNAL ASSERT FAILED in " + name + ", please report",
                  error);
    case FaultKind::unsupported:
      return fail(EFFGATE_UNSUPPORTED, "\"" + name + "\" not implemented for 'Half'", error);
    case FaultKind::device_lost:
      return fail(EFFGATE_DEVICE_LOST, "the device fell off the bus", error);
    default: return EFFGATE_OK;
  }
}

void spoil(ReferenceSession& session, const Fault& fault, ReferenceTensor result) {
  if (!changes_results(fault.kind) || !is_floating_dtype(result.dtype)) return;
  session.execute([fault, result]() mutable {
    const double factor = factor_of(fault);
    with_element_type(result.dtype, [&]<typename T>(std::type_identity<T>) {
      T* values = result.writable<T>();
      const std::int64_t count = element_count(result.shape);
      for (std::int64_t i = 0; i < count; ++i) values[i] = narrow<T>(widen(values[i]) * factor);
    });
  });
}

void stretch(Clock::time_point start, double factor) {
  const auto passed = Clock::now() - start;
  const auto end = start + std::chrono::duration_cast<Clock::duration>(passed * factor);
  while (Clock::now() < end) {
  }
}

}  // namespace effgate
