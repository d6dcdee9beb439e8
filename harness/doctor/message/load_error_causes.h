#pragma once

#include <optional>
#include <string>

#include "harness/doctor/cause.h"
#include "harness/doctor/message/load_error.h"
#include "harness/layout/network_index.h"

namespace effgate {

// The causes behind a load_state_dict error that has keys or shapes: which network wrote the file
// and which was built, as far as the keys of the message tell. `model` as for diagnose_message.
Diagnosis diagnose_load_error(const LoadError& error, const NetworkIndex& networks,
                              const std::optional<std::string>& model);

}  // namespace effgate
