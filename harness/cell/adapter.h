#pragma once

#include <string>

#include "harness/backend/library.h"
#include "harness/base/result.h"
#include "harness/cell/protocol.h"

namespace effgate {

// Opens ADAPTER: the path of an adapter, or the name of a backend that is linked in.
Result<Library> open_adapter(const std::string& adapter);

// Sets what `builtin:testing:FAULTS` shall do wrong in this process; nothing for other adapters.
void apply_faults(const std::string& adapter);

// What the library says of itself and every shared object that is now in this process.
Result<IdentityRecord> identity_of(const Library& library);

// The settings for a session; a device that no library knows is a usage error.
Result<effgate_environment> session_environment(const CellEnvironment& environment, bool tf32);

}  // namespace effgate
