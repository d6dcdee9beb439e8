#pragma once

#include <string_view>

namespace effgate {

// The content of reports/templates/NAME, compiled in so that the program needs no files for it;
// empty where there is none.
std::string_view report_template(std::string_view name);

}  // namespace effgate
