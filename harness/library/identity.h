#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/catalogue.h"
#include "harness/library/torch_tree.h"

namespace effgate {

// What a process that loaded an adapter says of it. `effgate-cell --identify ADAPTER` prints one
// JSON object on the last line of its standard output, with at least these fields.
struct LoadedIdentity {
  std::string version;                    // "version": in the loaded library's own words
  std::string header_version;             // "header_version": what the adapter was compiled with
  std::vector<std::string> loaded_paths;  // "loaded_paths": all of dl_iterate_phdr
};

Result<LoadedIdentity> parse_identity(std::string_view output);

// Refuses a library that is not the one in `tree`: another version, or a part of it loaded from
// elsewhere, such as a CUDA runtime that the linker found on the machine because the library's own
// was not unpacked. The distribution's own library may take its parts from all of the system.
Status check_identity(const LoadedIdentity& identity, const TorchTree& tree, bool system);

// Loads the adapter in a child process and checks what was loaded.
Status verify_adapter(const std::filesystem::path& adapter, const TorchTree& tree, bool system,
                      const CatalogueTools& tools);

}  // namespace effgate
