// The testing backend as an adapter of its own, to be loaded the way a tensor library's is.
#include "harness/backend/testing/testing.h"

extern "C" __attribute__((visibility("default"))) const effgate_backend* effgate_backend_table(
    uint32_t abi_version) {
  return abi_version == EFFGATE_BACKEND_ABI_VERSION ? effgate::testing_backend() : nullptr;
}
