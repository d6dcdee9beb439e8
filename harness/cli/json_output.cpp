#include "harness/cli/json_output.h"

#include <ostream>

namespace effgate {

void print_json(Console& console, const Json& document) {
  console.out() << document.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace effgate
