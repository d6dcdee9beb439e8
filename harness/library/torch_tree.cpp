#include "harness/library/torch_tree.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <optional>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/library/elf.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::optional<std::string> macro_value(std::string_view text, std::string_view macro) {
  for (const std::string& line : split(text, '\n')) {
    std::string_view rest = trim(line);
    const std::string define = fmt::format("#define {} ", macro);
    if (rest.starts_with(define)) return std::string(trim(rest.substr(define.size())));
  }
  return std::nullopt;
}

// From 2.10 torch/version.h only forwards to headeronly/version.h.
Result<std::string> header_version(const fs::path& include) {
  for (const char* header :
       {"torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"}) {
    if (!is_there(include / header)) continue;
    EFFGATE_ASSIGN(const std::string text, read_text_file(include / header));
    auto version = parse_version_header(text);
    if (!version.ok()) {
      return std::move(version).error().while_doing(
          fmt::format("reading {}", (include / header).string()));
    }
    return version;
  }
  return Error{
      ErrorKind::not_found,
      fmt::format("reading the version of LibTorch: {} has no torch/version.h", include.string())};
}

fs::path with_origin(std::string text, const fs::path& origin) {
  constexpr std::string_view kOrigin = "$ORIGIN";
  if (text.starts_with(kOrigin)) text.replace(0, kOrigin.size(), origin.string());
  return fs::path(text).lexically_normal();
}

// What follows from the files in `library` and from the headers in `include`.
Result<TorchTree> read_tree(TorchTree tree, const fs::path& include) {
  for (const char* name : {"libtorch_cpu.so", "libc10.so"}) {
    if (!is_there(tree.library / name)) {
      return Error{ErrorKind::not_found,
                   fmt::format("reading LibTorch: {} has no {}", tree.library.string(), name)};
    }
  }
  EFFGATE_ASSIGN(tree.header_version, header_version(include));
  EFFGATE_ASSIGN(tree.cxx11_abi, uses_cxx11_abi(tree.library / "libc10.so"));
  EFFGATE_ASSIGN(const SharedObject object, read_shared_object(tree.library / "libtorch_cpu.so"));
  for (const std::string& folder : object.run_path) {
    tree.run_path.push_back(with_origin(folder, tree.library));
  }
  tree.cuda = is_there(tree.library / "libtorch_cuda.so");
  return tree;
}

}  // namespace

Result<std::string> parse_version_header(std::string_view text) {
  std::vector<std::string> parts;
  for (const char* part : {"MAJOR", "MINOR", "PATCH"}) {
    const auto value = macro_value(text, fmt::format("TORCH_VERSION_{}", part));
    if (!value || !parse_integer(*value)) {
      return Error{ErrorKind::malformed, fmt::format("TORCH_VERSION_{} is not a number", part)};
    }
    parts.push_back(*value);
  }
  return join(parts, ".");
}

Result<bool> uses_cxx11_abi(const fs::path& libc10) {
  // c10::Error::Error(c10::SourceLocation, std::string), as constructor 1 or 2.
  constexpr std::array kOld = {"_ZN3c105ErrorC1ENS_14SourceLocationESs",
                               "_ZN3c105ErrorC2ENS_14SourceLocationESs"};
  constexpr std::array kNew = {"_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_string",
                               "_ZN3c105ErrorC2ENS_14SourceLocationENSt7__cxx1112basic_string"};
  EFFGATE_ASSIGN(const MappedFile file, MappedFile::open(libc10));
  std::optional<bool> found;
  EFFGATE_TRY(visit_exported_symbols(file.bytes(), libc10.string(), [&](std::string_view name) {
    for (const std::string_view symbol : kOld) {
      if (name == symbol) found = false;
    }
    for (const std::string_view symbol : kNew) {
      if (name.starts_with(symbol)) found = true;
    }
    return !found.has_value();
  }));
  if (found) return *found;
  return Error{ErrorKind::unsupported,
               fmt::format("reading {}: it exports no constructor of c10::Error that tells the "
                           "string ABI",
                           libc10.string())};
}

Result<TorchTree> read_torch_tree(const fs::path& prefix) {
  for (const fs::path& root : {prefix, prefix / "torch", prefix / "libtorch"}) {
    if (!is_there(root / "lib" / "libtorch_cpu.so")) continue;
    TorchTree tree;
    tree.root = root;
    tree.library = root / "lib";
    tree.include = {root / "include", root / "include/torch/csrc/api/include"};
    return read_tree(std::move(tree), root / "include");
  }
  return Error{ErrorKind::not_found,
               fmt::format("reading LibTorch: {} has no lib/libtorch_cpu.so, nor has torch or "
                           "libtorch in it",
                           prefix.string())};
}

Result<TorchTree> read_system_tree() {
  TorchTree tree;
  tree.root = "/usr/lib/x86_64-linux-gnu";
  tree.library = tree.root;
  // Not /usr/include: the compiler has it, and a second mention breaks libstdc++'s include_next.
  tree.include = {"/usr/include/torch/csrc/api/include"};
  auto found = read_tree(std::move(tree), "/usr/include");
  if (!found.ok()) {
    return Error{ErrorKind::not_found,
                 "reading the distribution's LibTorch: " + found.error().message,
                 "apt-get install libtorch-dev"};
  }
  return found;
}

std::string release_of(std::string_view version) {
  std::size_t end = 0;
  int dots = 0;
  while (end < version.size()) {
    const char c = version[end];
    if (c == '.' && ++dots > 2) break;
    if (c != '.' && std::isdigit(static_cast<unsigned char>(c)) == 0) break;
    ++end;
  }
  return std::string(version.substr(0, end));
}

}  // namespace effgate
