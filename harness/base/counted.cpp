#include "harness/base/counted.h"

#include <fmt/format.h>

namespace effgate {

std::string counted(long long number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace effgate
