#pragma once

#include <chrono>

#include "harness/backend/reference/session.h"
#include "harness/backend/testing/fault.h"

namespace effgate {

// Does what a fault does before a call: ends, stalls or exhausts the process, or gives the code and
// text that the call shall fail with. EFFGATE_OK for the faults of results and time.
effgate_code strike(const Fault& fault, std::string_view function, effgate_text error);

// Changes a result in place, where the fault is one of results.
void spoil(ReferenceSession& session, const Fault& fault, ReferenceTensor result);

// Keeps the processor busy until `factor` times as much time as has passed since `start` has.
void stretch(std::chrono::steady_clock::time_point start, double factor);

}  // namespace effgate
