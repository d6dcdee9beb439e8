#include "harness/store/columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"

namespace effgate {

std::string insert_sql(std::string_view table, std::string_view columns) {
  std::string marks = "?";
  for (auto left = std::ranges::count(columns, ','); left > 0; --left) marks += ", ?";
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, marks);
}

std::string excluded_sql(std::string_view columns) {
  std::vector<std::string> assignments;
  for (const std::string& column : split(columns, ','))
    assignments.push_back(fmt::format("{0} = excluded.{0}", trim(column)));
  return join(assignments, ", ");
}

}  // namespace effgate
