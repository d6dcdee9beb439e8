#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// What the dynamic linker would read of a shared object.
struct SharedObject {
  std::string soname;                 // "" where it has none
  std::vector<std::string> needed;    // DT_NEEDED, in order
  std::vector<std::string> run_path;  // DT_RUNPATH, or else DT_RPATH, cut at colons
};

// Whether a file with this name is one: lib.so, or lib.so.12.4; not a header called x.sort.h.
bool is_shared_object_name(std::string_view name);

// Reads 64-bit little-endian ELF through its section headers. Everything is checked against the
// size of the file. `path` is only for messages.
Result<SharedObject> read_shared_object(std::span<const std::byte> bytes, std::string_view path);
Result<SharedObject> read_shared_object(const std::filesystem::path& path);

// Calls `seen` with each symbol that the object defines for others, until it returns false.
using SymbolVisitor = std::function<bool(std::string_view)>;
Status visit_exported_symbols(std::span<const std::byte> bytes, std::string_view path,
                              const SymbolVisitor& seen);

}  // namespace effgate
