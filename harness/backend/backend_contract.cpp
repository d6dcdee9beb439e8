#include "harness/backend/backend_contract.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "harness/backend/reference/reference.h"
#include "harness/base/dtype.h"

namespace effgate {
namespace {

Result<Library> open_table(const std::string& name) {
  return name == kReferenceTable ? Library::from_table(reference_backend()) : Library::open(name);
}

}  // namespace

std::string table_label(const ::testing::TestParamInfo<std::string>& table) {
  constexpr std::string_view kPrefix = "libeffgate-";
  std::string label = std::filesystem::path(table.param).filename().string();
  if (label.starts_with(kPrefix)) label.erase(0, kPrefix.size());
  if (label.ends_with(".so")) label.resize(label.size() - 3);
  std::replace_if(
      label.begin(), label.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return label;
}

void BackendContract::SetUp() {
  auto opened = open_table(GetParam());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  library_.emplace(std::move(*opened));
  reopen(default_environment());
}

void BackendContract::reopen(const effgate_environment& environment) {
  session_.reset();
  auto session = Session::open(*library_, environment);
  ASSERT_TRUE(session.ok()) << session.error().message;
  session_.emplace(std::move(*session));
}

effgate_shape BackendContract::shape(const Dims& dims) {
  effgate_shape shape{};
  for (const std::int64_t extent : dims) shape.dims[shape.rank++] = extent;
  return shape;
}

effgate_text BackendContract::error() {
  error_[0] = '\0';
  return {error_.data(), error_.size()};
}

OwnedTensor BackendContract::tensor(const Dims& dims, const std::vector<float>& values) {
  return tensor(dims, EFFGATE_FLOAT32, values.data());
}

OwnedTensor BackendContract::tensor(const Dims& dims, effgate_dtype dtype, const void* bytes) {
  const effgate_shape extents = shape(dims);
  effgate_tensor* made = nullptr;
  EXPECT_EQ(table().from_data(session(), dtype, &extents, bytes, &made, error()), EFFGATE_OK)
      << error_text();
  return own(made);
}

effgate_dtype BackendContract::dtype(const OwnedTensor& tensor) {
  effgate_dtype dtype = -1;
  effgate_shape shape{};
  EXPECT_EQ(table().describe(tensor.get(), &dtype, &shape, error()), EFFGATE_OK) << error_text();
  return dtype;
}

BackendContract::Dims BackendContract::dims(const OwnedTensor& tensor) {
  effgate_dtype dtype = -1;
  effgate_shape shape{};
  EXPECT_EQ(table().describe(tensor.get(), &dtype, &shape, error()), EFFGATE_OK) << error_text();
  return {shape.dims, shape.dims + shape.rank};
}

std::vector<std::byte> BackendContract::bytes(const OwnedTensor& tensor) {
  std::size_t size = size_of(static_cast<DType>(dtype(tensor)));
  for (const std::int64_t extent : dims(tensor)) size *= static_cast<std::size_t>(extent);
  std::vector<std::byte> bytes(size);
  EXPECT_EQ(table().copy_out(session(), tensor.get(), bytes.data(), bytes.size(), error()),
            EFFGATE_OK)
      << error_text();
  return bytes;
}

std::vector<float> BackendContract::values(const OwnedTensor& tensor) {
  EXPECT_EQ(dtype(tensor), EFFGATE_FLOAT32);
  const std::vector<std::byte> stored = bytes(tensor);
  std::vector<float> values(stored.size() / sizeof(float));
  if (!stored.empty()) std::memcpy(values.data(), stored.data(), stored.size());
  return values;
}

effgate_window window(std::int64_t height, std::int64_t width) {
  return {{height, width}, {1, 1}, {0, 0}, {1, 1}, 1, 0, 1};
}

}  // namespace effgate
