#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

enum class SpecKind {
  torch,       // torch==2.6.0       a release from the package index
  tensorflow,  // tensorflow==2.21.0 likewise
  wheel,       // wheel:FILE         a wheel on this disk
  prefix,      // prefix:PATH        a LibTorch that someone else unpacked
  system,      // system             the distribution's LibTorch
};

// A library as it was asked for: SPEC, or NAME=SPEC to give it a name of one's own.
struct LibrarySpec {
  SpecKind kind = SpecKind::torch;
  std::string version;         // of torch and tensorflow
  std::filesystem::path path;  // of wheel and prefix, absolute
  std::string name;            // given by NAME=, or ""
  std::string text;            // as typed
};

// An error of kind usage names the nearest valid form.
Result<LibrarySpec> parse_library_spec(std::string_view text);

// SPEC alone with an absolute path, so that it means the same in any folder.
std::string canonical_text(const LibrarySpec& spec);

// Letters, digits and . _ + -, starting with a letter or digit.
bool is_valid_library_name(std::string_view name);

}  // namespace effgate
