#include "reports/matrix_table.h"

#include <algorithm>
#include <tuple>

#include "harness/base/version.h"

namespace effgate {
namespace {

bool several_devices(const std::vector<ReportCell>& cells) {
  return std::any_of(cells.begin(), cells.end(),
                     [&](const ReportCell& cell) { return cell.device != cells.front().device; });
}

// Position of `wanted` in `items`, appended where it is not there yet.
template <typename Item, typename Same>
std::size_t position(std::vector<Item>& items, const Item& wanted, const Same& same) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Item& item) { return same(item, wanted); });
  if (found != items.end()) return static_cast<std::size_t>(found - items.begin());
  items.push_back(wanted);
  return items.size() - 1;
}

bool same_column(const MatrixTable::Column& a, const MatrixTable::Column& b) {
  return a.library == b.library && a.label == b.label;
}

bool same_row(const MatrixTable::Row& a, const MatrixTable::Row& b) {
  return std::tie(a.model, a.checkpoint, a.axes) == std::tie(b.model, b.checkpoint, b.axes);
}

// The columns, those of one library together: libraries by version, the reference behind those that
// are held against it, labels in order of appearance.
std::vector<MatrixTable::Column> columns_of(const std::vector<ReportCell>& cells, bool devices) {
  std::vector<MatrixTable::Column> columns;
  std::vector<std::string> labels;
  for (const ReportCell& cell : cells) {
    const std::string label = devices ? cell.device + " " + cell.dtype : cell.dtype;
    position(columns, {cell.library, label}, same_column);
    position(labels, label, std::equal_to<>());
  }
  std::stable_sort(columns.begin(), columns.end(), [&](const auto& a, const auto& b) {
    const bool last = a.library == kReference;
    if (last != (b.library == kReference)) return !last;
    if (a.library != b.library) return library_name_less(a.library, b.library);
    return position(labels, a.label, std::equal_to<>()) <
           position(labels, b.label, std::equal_to<>());
  });
  return columns;
}

std::string axes_of(const ReportCell& cell) {
  const std::string size = cell.size == "native" ? "" : cell.size;
  if (size.empty() || cell.further.empty()) return size + cell.further;
  return size + " " + cell.further;
}

}  // namespace

MatrixTable lay_out(const std::vector<ReportCell>& cells) {
  MatrixTable table;
  if (cells.empty()) return table;
  const bool devices = several_devices(cells);
  table.columns = columns_of(cells, devices);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ReportCell& cell = cells[i];
    const std::string label = devices ? cell.device + " " + cell.dtype : cell.dtype;
    const std::size_t column = position(table.columns, {cell.library, label}, same_column);
    MatrixTable::Row fresh{cell.model, cell.checkpoint, axes_of(cell), {}};
    MatrixTable::Row& row = table.rows[position(table.rows, fresh, same_row)];
    row.cells.resize(table.columns.size(), MatrixTable::kEmpty);
    row.cells[column] = i;
  }
  return table;
}

}  // namespace effgate
