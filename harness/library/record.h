#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/torch_tree.h"

namespace effgate {

struct RecordedFile {
  std::string path;  // relative to the library's folder, or absolute where it is not ours
  std::uint64_t bytes = 0;
  std::string sha256;
};

// libs/NAME/library.json: what was installed, and how to know that it is still that.
struct InstallRecord {
  std::string name;
  std::string version;
  std::string spec;
  std::string kind;              // "unpacked" (below the library's folder), "prefix" or "system"
  std::filesystem::path prefix;  // of kind prefix
  bool cxx11_abi = true;
  bool cuda = false;
  std::vector<RecordedFile> files;  // the shared objects
};

std::string to_json(const InstallRecord& record);
Result<InstallRecord> parse_install_record(std::string_view text);

// The tree a record speaks of; `folder` is the library's own.
Result<TorchTree> tree_of(const InstallRecord& record, const std::filesystem::path& folder);

// Every shared object that lies below `tree` in a library's folder; of a foreign tree only
// libtorch_cpu.so and libc10.so.
Result<std::vector<RecordedFile>> record_files(const TorchTree& tree, const std::string& kind,
                                               const std::filesystem::path& folder);

enum class Thoroughness { sizes, hashes };

// An error of kind library names the first file that is missing or no longer what was recorded.
Status check_files(const InstallRecord& record, const std::filesystem::path& folder,
                   Thoroughness thoroughness);

}  // namespace effgate
