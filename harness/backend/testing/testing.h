#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "harness/backend/backend.h"
#include "harness/backend/testing/fault.h"

namespace effgate {

// A backend that counts its calls and fails on demand; its arithmetic is the reference's. Every
// session reads its faults from the environment variable EFFGATE_TESTING when it is opened.
const effgate_backend* testing_backend();

inline constexpr const char* kTestingVariable = "EFFGATE_TESTING";

// The same without the environment.
effgate_code open_testing_session(const effgate_environment* environment,
                                  std::span<const Fault> faults, effgate_session** out,
                                  effgate_text error);

// How often each operation of a testing session was called: "conv2d", "silu_", "add".
std::map<std::string, std::int64_t> operation_counts(const effgate_session* session);

}  // namespace effgate
