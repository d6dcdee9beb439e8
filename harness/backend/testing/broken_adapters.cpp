// Adapters that a loader has to refuse; which one is chosen by a definition.
#include "harness/backend/reference/reference.h"

#if defined(EFFGATE_BROKEN_ABI)
extern "C" __attribute__((visibility("default"))) const effgate_backend* effgate_backend_table(
    uint32_t) {
  static const effgate_backend kNewer = [] {
    effgate_backend table = *effgate::reference_backend();
    table.abi_version = EFFGATE_BACKEND_ABI_VERSION + 1;
    return table;
  }();
  return &kNewer;
}
#elif defined(EFFGATE_BROKEN_NULL)
extern "C" __attribute__((visibility("default"))) const effgate_backend* effgate_backend_table(
    uint32_t) {
  return nullptr;
}
#elif defined(EFFGATE_BROKEN_SYMBOL)
extern "C" __attribute__((visibility("default"))) const effgate_backend* some_other_name(uint32_t) {
  return effgate::reference_backend();
}
#endif
