#pragma once

#include <filesystem>

#include "harness/base/result.h"
#include "harness/library/catalogue.h"
#include "harness/library/record.h"

namespace effgate {

// What was put into a folder, without an adapter yet.
struct Unpacked {
  TorchTree tree;
  std::string version;  // of the package; its first three numbers are the header's
};

// Gets the wheel that a spec of kind torch or wheel names and unpacks into `folder` what a CPU run
// and a compiler need: headers, and the shared objects that libtorch_cpu.so needs, from the wheel
// and from those of NVIDIA's beside it. With `cuda`, everything that libtorch_cuda.so needs too.
// Downloads go to `downloads` and may be deleted afterwards.
Result<Unpacked> unpack_torch(const LibrarySpec& spec, bool cuda,
                              const std::filesystem::path& folder,
                              const std::filesystem::path& downloads, const CatalogueTools& tools);

}  // namespace effgate
