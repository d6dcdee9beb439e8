#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/doctor/cause.h"
#include "harness/layout/network_index.h"

namespace effgate {

// What the text of a Python error says of the checkpoint and the model that were meant. `model` is
// the catalogue name of what was built, where it is known. Any bytes may be asked about: a text
// that is no error known here gives a diagnosis without causes.
Diagnosis diagnose_message(std::string_view text, const NetworkIndex& networks,
                           const std::optional<std::string>& model);

}  // namespace effgate
