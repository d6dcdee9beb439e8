#include "harness/cell/adapter.h"

#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "harness/backend/reference/reference.h"
#include "harness/backend/testing/testing.h"

namespace effgate {
namespace {

struct BuiltinBackend {
  std::string_view name;
  const effgate_backend* (*table)();
};

constexpr BuiltinBackend kBuiltinBackends[] = {
    {"builtin:reference", reference_backend},
    {"builtin:testing", testing_backend},
};

constexpr std::string_view kFaults = "builtin:testing:";

struct DeviceName {
  std::string_view name;
  effgate_device device;
};

constexpr DeviceName kDevices[] = {{"cpu", EFFGATE_CPU}, {"cuda", EFFGATE_CUDA}};

int collect_path(dl_phdr_info* info, std::size_t, void* paths) {
  if (info->dlpi_name != nullptr && *info->dlpi_name != '\0') {
    static_cast<std::vector<std::string>*>(paths)->emplace_back(info->dlpi_name);
  }
  return 0;
}

std::vector<std::string> loaded_paths() {
  std::vector<std::string> paths;
  dl_iterate_phdr(collect_path, &paths);
  return paths;
}

}  // namespace

Result<Library> open_adapter(const std::string& adapter) {
  const std::string name = adapter.starts_with(kFaults) ? "builtin:testing" : adapter;
  const auto* builtin = std::find_if(std::begin(kBuiltinBackends), std::end(kBuiltinBackends),
                                     [&](const BuiltinBackend& each) { return each.name == name; });
  if (builtin != std::end(kBuiltinBackends)) return Library::from_table(builtin->table());
  return Library::open(name);
}

void apply_faults(const std::string& adapter) {
  if (!adapter.starts_with(kFaults)) return;
  setenv(kTestingVariable, adapter.substr(kFaults.size()).c_str(), 1);
}

Result<IdentityRecord> identity_of(const Library& library) {
  EFFGATE_ASSIGN(LibraryIdentity identity, library.identify());
  return IdentityRecord{identity.library, identity.version,      identity.header_version,
                        identity.path,    identity.build_config, loaded_paths()};
}

Result<effgate_environment> session_environment(const CellEnvironment& environment, bool tf32) {
  const auto* device =
      std::find_if(std::begin(kDevices), std::end(kDevices),
                   [&](const DeviceName& each) { return each.name == environment.device; });
  if (device == std::end(kDevices)) {
    return Error{ErrorKind::usage, "opening device " + environment.device + ": no such kind"};
  }
  effgate_environment settings = default_environment();
  settings.device = device->device;
  settings.intra_op_threads = environment.intra_op_threads;
  settings.inter_op_threads = environment.inter_op_threads;
  settings.onednn = environment.onednn ? 1 : 0;
  settings.tf32 = environment.tf32 || tf32 ? 1 : 0;
  settings.reduced_precision_reduction = environment.reduced_precision_reduction ? 1 : 0;
  settings.cudnn_benchmark = environment.cudnn_benchmark ? 1 : 0;
  settings.deterministic = environment.deterministic ? 1 : 0;
  settings.channels_last = environment.channels_last ? 1 : 0;
  return settings;
}

}  // namespace effgate
