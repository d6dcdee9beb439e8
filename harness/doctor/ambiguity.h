#pragma once

#include <span>

#include "harness/doctor/rules.h"

namespace effgate {

// arch.ambiguous: the file loads as well into models that compute something else.
std::span<const Rule> ambiguity_rules();

}  // namespace effgate
