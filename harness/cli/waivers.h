#pragma once

#include "harness/base/result.h"
#include "harness/verdict/gate.h"
#include "harness/verdict/policy.h"

namespace effgate {

// Compiles every waiver's `where` in the language of the matrix; a usage error names the waiver's
// line in the policy.
Result<WaiverMatcher> compile_waivers(const Policy& policy);

}  // namespace effgate
