#include "harness/backend/torch/identity.h"

#include <ATen/Version.h>
#include <link.h>

#include <filesystem>
#include <map>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/compat.h"
#include "harness/backend/torch/errors.h"

// Exported by every libtorch_cpu; most wheels lack the header. It is what at::show_config() prints
// under "Build settings". at::show_config() itself must not be called: it asks whether there is
// CUDA, and the library remembers the answer, so that libtorch_cuda could not be brought in later.
namespace caffe2 {
__attribute__((visibility("default"))) const std::map<std::string, std::string>& GetBuildOptions();
}

namespace effgate {
namespace {

struct AddressSearch {
  ElfW(Addr) address;
  std::string file;
};

int look_into_object(dl_phdr_info* object, size_t, void* data) {
  auto& search = *static_cast<AddressSearch*>(data);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    const ElfW(Addr) begin = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || search.address < begin) continue;
    if (search.address - begin >= segment.p_memsz) continue;
    search.file = object->dlpi_name;
    return 1;
  }
  return 0;
}

std::string canonical(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path full = std::filesystem::canonical(path, failed);
  return failed ? path : full.string();
}

std::string loaded_version() {
  const auto& options = caffe2::GetBuildOptions();
  const auto found = options.find("TORCH_VERSION");
  return found == options.end() ? "" : found->second;
}

// One line a fact.
std::string build_config() {
  std::string text = at::get_mkl_version() + "\n" + at::get_mkldnn_version() + "\n" +
                     at::get_openmp_version() + "\n";
#if EFFGATE_TORCH_HAS_CPU_CAPABILITY
  text += "CPU capability: " + at::get_cpu_capability() + "\n";
#endif
  for (const auto& [key, value] : caffe2::GetBuildOptions()) {
    if (!value.empty()) text += key + "=" + value + "\n";
  }
  return text;
}

struct Identity {
  std::string version = loaded_version();
  std::string build_config = effgate::build_config();
};

effgate_code identify(effgate_identity* out, effgate_text error) {
  return guarded(error, [&] {
    require(out != nullptr, "no place for the identity");
    static const Identity kIdentity;
    *out = {sizeof(effgate_identity),  "torch",
            kIdentity.version.c_str(), TORCH_VERSION,
            libtorch_file().c_str(),   kIdentity.build_config.c_str()};
  });
}

}  // namespace

std::string loaded_file_of(const void* address) {
  AddressSearch search{reinterpret_cast<ElfW(Addr)>(address), {}};
  dl_iterate_phdr(look_into_object, &search);
  return search.file.empty() ? "" : canonical(search.file);
}

const std::string& libtorch_file() {
  static const std::string kFile =
      loaded_file_of(reinterpret_cast<const void*>(&caffe2::GetBuildOptions));
  return kFile;
}

void add_identity(effgate_backend& table) { table.identify = identify; }

}  // namespace effgate
