#include "harness/backend/backend_contract.h"

namespace effgate {

std::vector<std::string> contract_tables() { return {kReferenceTable}; }

}  // namespace effgate
