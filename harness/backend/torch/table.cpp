#include "harness/backend/torch/adapter.h"

namespace {

effgate_backend make_table() {
  effgate_backend table{};
  table.abi_version = EFFGATE_BACKEND_ABI_VERSION;
  table.struct_size = sizeof(effgate_backend);
  effgate::add_identity(table);
  effgate::add_session(table);
  effgate::add_tensors(table);
  effgate::add_operators(table);
  effgate::add_loaders(table);
  effgate::add_timing(table);
  return table;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const effgate_backend* effgate_backend_table(
    uint32_t abi_version) {
  static const effgate_backend kTable = make_table();
  return abi_version == EFFGATE_BACKEND_ABI_VERSION ? &kTable : nullptr;
}
