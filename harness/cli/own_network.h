#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/matrix/expand.h"

namespace effgate {

// The network that a checkpoint file is: the catalogue entry its names and shapes fit. Where
// several fit (D6 and D7, plain and _ap), the one the file is named for, else the first. Kind
// refused where none fits; the errors of Checkpoint::open where it cannot be read.
Result<OwnNetwork> own_network(const std::filesystem::path& file, const std::string& key);

// The number of classes of a checkpoint file's class head; nothing where it cannot be told.
std::optional<std::int64_t> own_class_count(const std::filesystem::path& file,
                                            const std::string& key);

// The longest candidate that the file's name contains, else the first. REQUIRES: not empty.
std::string candidate_named_by(const std::filesystem::path& file,
                               const std::vector<std::string>& candidates);

}  // namespace effgate
