#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/checkpoint/container.h"

namespace effgate {

// What `--format` may be, for help.
inline constexpr const char* kFormatHelp =
    "zip, legacy, safetensors or torch-archive (default: zip, or safetensors where the output is "
    "named so)";

// The container of a checkpoint to write: the one `typed`, or the one its name stands for.
Result<Container> container_to_write(const std::string& typed, const std::string& output);

// A usage error where both are one file, whether or not it is there yet: what is read stays as it
// is. An empty output is none. `role` says what the input is.
Status check_is_not_input(const std::filesystem::path& output, const std::filesystem::path& input,
                          std::string_view role = "the input");

// Before anything is computed: an error where `output` is a folder, or its folder is not there.
Status check_output_folder(const std::filesystem::path& output);

}  // namespace effgate
