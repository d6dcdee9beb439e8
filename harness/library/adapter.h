#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/catalogue.h"
#include "harness/library/record.h"
#include "harness/library/torch_tree.h"

namespace effgate {

// One line of harness/backend/torch/sources.txt: a file, then words. `cuda` marks one that needs
// CUDA headers: those are linked into a shared object of their own beside the adapter. Every other
// word is passed to the compiler. # starts a comment.
struct AdapterSource {
  std::string file;
  bool cuda = false;
  std::vector<std::string> flags;

  friend bool operator==(const AdapterSource&, const AdapterSource&) = default;
};
Result<std::vector<AdapterSource>> parse_adapter_sources(std::string_view text);

// Everything an adapter is made from. Two plans that differ in anything that could change the
// adapter have different keys.
struct AdapterPlan {
  std::filesystem::path share;  // the folder that harness/backend lies in
  std::vector<AdapterSource> sources;
  TorchTree tree;
  std::string version;
  std::string run_path;                             // DT_RPATH of the adapter
  std::vector<std::string> compiler;                // "ccache", "g++"
  std::string compiler_version;                     // "" where there is no compiler
  std::vector<std::filesystem::path> cuda_include;  // empty: without the CUDA part
  std::string source_key;                           // hash of the sources
  std::string key;  // hash of all the above and of the library's files

  std::string file_name() const;       // libeffgate-torch-2.6.0.so
  std::string cuda_file_name() const;  // libeffgate-torch-2.6.0-cuda.so
};

// CXX names the compiler, g++ otherwise; ccache is used where it is found.
Result<AdapterPlan> plan_adapter(const InstallRecord& record, const TorchTree& tree,
                                 const CatalogueTools& tools);

// What every source is compiled with, paths aside.
std::vector<std::string> adapter_flags(const AdapterPlan& plan);

// The command that compiles one source to an object.
std::vector<std::string> compile_command(const AdapterPlan& plan, const AdapterSource& source,
                                         const std::filesystem::path& object);

// Compiles, two files at a time, and links into `folder`, which exists and is empty. A failure of
// the compiler is an error of kind library with the first error it printed.
Status build_adapter(const AdapterPlan& plan, const std::filesystem::path& folder,
                     const CatalogueTools& tools);

// The adapter that fits the plan below a library's folder, or "". Where this machine has no
// compiler, any that was built from the same sources will do.
std::filesystem::path find_adapter(const AdapterPlan& plan, const std::filesystem::path& library);

// Where the plan's adapter belongs below a library's folder: adapter/KEY.
std::filesystem::path adapter_folder(const AdapterPlan& plan, const std::filesystem::path& library);

}  // namespace effgate
