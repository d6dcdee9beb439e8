#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// The network that a checkpoint file is: the catalogue entry its names and shapes fit. Where
// several fit (D6 and D7, plain and _ap), the one the file is named for, else the first. Kind
// refused where none fits; the errors of Checkpoint::open where it cannot be read.
Result<std::string> own_model(const std::filesystem::path& file, const std::string& key);

// The longest candidate that the file's name contains, else the first. REQUIRES: not empty.
std::string candidate_named_by(const std::filesystem::path& file,
                               const std::vector<std::string>& candidates);

}  // namespace effgate
