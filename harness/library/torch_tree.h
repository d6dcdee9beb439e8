#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// An unpacked LibTorch and what it tells of itself.
struct TorchTree {
  std::filesystem::path root;                  // what is loaded must lie below it, or in `run_path`
  std::filesystem::path library;               // the folder of libtorch_cpu.so and libc10.so
  std::vector<std::filesystem::path> include;  // for -isystem, in order
  std::vector<std::filesystem::path> run_path;  // where libtorch_cpu.so itself looks further
  std::string header_version;                   // 2.6.0
  bool cxx11_abi = true;  // the value of _GLIBCXX_USE_CXX11_ABI it was built with
  bool cuda = false;      // libtorch_cuda.so is there
};

// A folder with include/ and lib/, or one that holds such a folder as torch/ or libtorch/.
Result<TorchTree> read_torch_tree(const std::filesystem::path& prefix);

// The distribution's development package below /usr.
Result<TorchTree> read_system_tree();

// MAJOR.MINOR.PATCH from the macros of torch/version.h.
Result<std::string> parse_version_header(std::string_view text);

// Whether libc10.so passes std::string in the C++11 layout, from the mangled name of c10::Error's
// constructor. Counting __cxx11 symbols would be wrong: old builds define hundreds of them too.
Result<bool> uses_cxx11_abi(const std::filesystem::path& libc10);

// The first three numbers of a version: 2.6.0 of 2.6.0+cu124 and of 2.6.0a0.
std::string release_of(std::string_view version);

}  // namespace effgate
