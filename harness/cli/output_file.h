#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/checkpoint/container.h"

namespace effgate {

// What `--format` may be, for help.
inline constexpr const char* kFormatHelp =
    "zip, legacy, safetensors or torch-archive (default: zip, or safetensors where the output is "
    "named so)";

// The container of a checkpoint to write: the one `typed`, or the one its name stands for.
Result<Container> container_to_write(const std::string& typed, const std::string& output);

// A usage error where both are one file: the one that is read stays as it is.
Status check_is_not_input(const std::filesystem::path& output, const std::filesystem::path& input);

// Before anything is computed: an error where the folder of `output` is not there.
Status check_output_folder(const std::filesystem::path& output);

}  // namespace effgate
