#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/doctor/cause.h"
#include "harness/layout/network_index.h"

namespace effgate {

// What the text of a Python or LibTorch error says about the checkpoint, the model and the
// environment. `model` is the catalogue name of what was built, where it is known. Any bytes are a
// text; where nothing in it is known, there are no causes and `remark` says what would be needed.
Diagnosis diagnose_message(std::string_view text, const NetworkIndex& networks,
                           const std::optional<std::string>& model);

}  // namespace effgate
