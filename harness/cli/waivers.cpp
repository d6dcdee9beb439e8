#include "harness/cli/waivers.h"

#include <fmt/format.h>

#include <vector>

#include "harness/cli/recorded_cell.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/expression.h"

namespace effgate {

Result<WaiverMatcher> compile_waivers(const Policy& policy) {
  std::vector<Expression> conditions;
  for (const Waiver& waiver : policy.waivers) {
    Result<Expression> condition = Expression::compile(waiver.where, cell_fields());
    if (!condition.ok()) {
      return std::move(condition).error().while_doing(
          fmt::format("{}:{}: waiver", policy.file.string(), waiver.line));
    }
    conditions.push_back(*std::move(condition));
  }
  return WaiverMatcher([conditions](std::size_t index, const CellRecord& cell) {
    return conditions[index].matches([&](std::string_view field) { return field_of(cell, field); });
  });
}

}  // namespace effgate
