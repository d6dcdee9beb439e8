#include "reports/matrix_table.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

ReportCell cell(const std::string& library, const std::string& dtype,
                const std::string& model = "d0", const std::string& device = "cpu") {
  ReportCell result;
  result.model = model;
  result.checkpoint = "recipe:" + model;
  result.library = library;
  result.dtype = dtype;
  result.device = device;
  result.size = "native";
  return result;
}

TEST(MatrixTable, puts_the_columns_of_one_library_together) {
  const MatrixTable table = lay_out(
      {cell("a", "float32"), cell("b", "float32"), cell("a", "float16"), cell("b", "float16")});
  ASSERT_EQ(table.columns.size(), 4u);
  EXPECT_EQ(table.columns[0].library, "a");
  EXPECT_EQ(table.columns[1].library, "a");
  EXPECT_EQ(table.columns[1].label, "float16");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].cells, (std::vector<std::size_t>{0, 2, 1, 3}));
}

TEST(MatrixTable,
     orders_libraries_by_version_and_the_reference_last_whatever_the_suite_names_first) {
  const MatrixTable table =
      lay_out({cell("torch-2.15.0", "float32"), cell("torch-2.6.0", "float16"),
               cell("torch-2.6.0", "float32"), cell("reference", "float32")});
  std::vector<std::string> heads;
  for (const MatrixTable::Column& column : table.columns)
    heads.push_back(column.library + " " + column.label);
  EXPECT_EQ(heads, (std::vector<std::string>{"torch-2.6.0 float32", "torch-2.6.0 float16",
                                             "torch-2.15.0 float32", "reference float32"}));
  EXPECT_EQ(table.rows[0].cells, (std::vector<std::size_t>{2, 1, 0, 3}));
}

TEST(MatrixTable, leaves_a_hole_where_a_row_has_no_cell) {
  const MatrixTable table = lay_out({cell("a", "float32", "d0"), cell("b", "float32", "d1")});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].cells, (std::vector<std::size_t>{0, MatrixTable::kEmpty}));
  EXPECT_EQ(table.rows[1].cells, (std::vector<std::size_t>{MatrixTable::kEmpty, 1}));
}

TEST(MatrixTable, names_devices_only_where_there_are_several) {
  EXPECT_EQ(lay_out({cell("a", "float32")}).columns[0].label, "float32");
  const MatrixTable table = lay_out({cell("a", "float32"), cell("a", "float32", "d0", "cuda")});
  EXPECT_EQ(table.columns[1].label, "cuda float32");
}

TEST(MatrixTable, keeps_sizes_on_rows_of_their_own) {
  ReportCell small = cell("a", "float32");
  small.size = "256x256";
  small.further = "+batch=2";
  const MatrixTable table = lay_out({cell("a", "float32"), small});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[1].axes, "256x256 +batch=2");
}

TEST(MatrixTable, is_empty_for_a_run_without_cells) {
  EXPECT_TRUE(lay_out({}).columns.empty());
  EXPECT_TRUE(lay_out({}).rows.empty());
}

}  // namespace
}  // namespace effgate
