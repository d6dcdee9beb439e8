#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "harness/backend/library.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/graph/graph.h"

namespace effgate {

// What a library's own loader read: named tensors, and the bytes they lie in.
struct LibraryFile {
  std::vector<TensorEntry> tensors;
  std::deque<std::vector<std::byte>> storage;
};

// Reads `path` by the loader that its container is for: a dictionary by pickle_load, an archive
// into a module made of `schema`, TorchScript as that. A file that the loader does not take is
// `refused`; a library without such loaders is `unsupported`.
Result<LibraryFile> read_library_file(Session& session, const std::string& path,
                                      Container container, std::span<const ParamSpec> schema);

// Whether every tensor that the library read is bit for bit the one our reader finds under that
// name; the first that is not is a `library` error.
Status check_same_tensors(const Checkpoint& ours, std::span<const TensorEntry> theirs);

}  // namespace effgate
