#pragma once

#include <c10/core/ScalarType.h>

#include "harness/backend/backend.h"

namespace effgate {

// The library's number for a dtype and back; throw EFFGATE_UNSUPPORTED where there is none.
c10::ScalarType scalar_type_of(effgate_dtype dtype);
effgate_dtype dtype_of(c10::ScalarType type);

}  // namespace effgate
