#pragma once

#include "harness/store/records.h"

namespace effgate {

// This machine, as far as the kernel tells; what it does not tell stays empty.
HostFacts host_facts();

}  // namespace effgate
