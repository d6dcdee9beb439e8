#include "harness/doctor/python_error.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(PythonError, has_the_words_of_pytorch_2) {
  Comparison comparison;
  comparison.missing = {"a.weight", "a.bias"};
  comparison.unexpected = {"b"};
  comparison.mismatched = {{"c", {9, 88, 1, 1}, {810, 88, 1, 1}}, {"d", {}, {4}}};
  comparison.not_tensors = {"e"};
  EXPECT_EQ(
      python_load_error(comparison, "EfficientDet"),
      "Error(s) in loading state_dict for EfficientDet:\n"
      "\tMissing key(s) in state_dict: \"a.weight\", \"a.bias\". \n"
      "\tUnexpected key(s) in state_dict: \"b\". \n"
      "\tsize mismatch for c: copying a param with shape torch.Size([9, 88, 1, 1]) from "
      "checkpoint, the shape in current model is torch.Size([810, 88, 1, 1]).\n"
      "\tsize mismatch for d: copying a param with shape torch.Size([]) from checkpoint, "
      "the shape in current model is torch.Size([4]).\n"
      "\tWhile copying the parameter named \"e\", expected torch.Tensor or Tensor-like object "
      "from checkpoint but received <class '...'>");
}

TEST(PythonError, is_empty_where_nothing_is_raised) {
  Comparison casts;
  casts.dtypes = {{"a", DType::float16, DType::float32}};
  EXPECT_EQ(python_load_error(casts, "EfficientDet"), "");
}

}  // namespace
}  // namespace effgate
