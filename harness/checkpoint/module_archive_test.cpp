#include "harness/checkpoint/module_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/zip_reader.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ModuleArchiveTest : public testing::Test {
 protected:
  TensorToSave tensor(std::string name, DType dtype, std::vector<std::int64_t> shape) const {
    std::size_t bytes = size_of(dtype);
    for (const std::int64_t dim : shape) bytes *= static_cast<std::size_t>(dim);
    return {std::move(name), dtype, std::move(shape), std::span(zeros_).first(bytes)};
  }
  std::string refusal(const std::vector<TensorToSave>& tensors) const {
    const auto archive = module_archive(tensors);
    return archive.ok() ? "" : archive.error().message;
  }

  std::vector<std::byte> zeros_ = std::vector<std::byte>(4096);
};

// What LibTorch 2.15.0 wrote for the same tensors, in the order in which they were registered.
TEST_F(ModuleArchiveTest, pickles_a_module_as_libtorch_does) {
  const std::vector<TensorToSave> tensors = {tensor("stem.weight", DType::float32, {4, 2, 1, 3}),
                                             tensor("stem.bias", DType::float32, {4}),
                                             tensor("bn.running_mean", DType::float64, {2}),
                                             tensor("bn.num_batches_tracked", DType::int64, {}),
                                             tensor("half", DType::float16, {3}),
                                             tensor("brain", DType::bfloat16, {2}),
                                             tensor("bytes", DType::uint8, {3}),
                                             tensor("flags", DType::boolean, {2})};
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  const auto file = MappedFile::open(std::filesystem::path(source == nullptr ? "." : source) /
                                     "fixtures" / "torch" / "archive-2.15.0.pt");
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto zip = ZipReader::open(file->bytes());
  ASSERT_TRUE(zip.ok()) << zip.error().message;
  const auto archive = module_archive(tensors);
  ASSERT_TRUE(archive.ok()) << archive.error().message;
  EXPECT_TRUE(archive->pickle == as_text(zip->find("archive/data.pkl")->data));
  EXPECT_THAT(archive->storages, ElementsAre(4, 5, 6, 7, 0, 1, 2, 3));
}

// The text that LibTorch compresses into the records of that file. Its module had no BatchNorm, so
// that the statistics were a parameter there.
TEST_F(ModuleArchiveTest, declares_every_class_as_libtorch_does) {
  const std::vector<TensorToSave> tensors = {
      tensor("half", DType::float16, {3}), tensor("bytes", DType::uint8, {3}),
      tensor("stem.weight", DType::float32, {1}), tensor("bn.running_mean", DType::float32, {2})};
  const auto archive = module_archive(tensors);
  ASSERT_TRUE(archive.ok()) << archive.error().message;
  ASSERT_EQ(archive->code.size(), 3U);
  EXPECT_EQ(archive->code[0].path, "__torch__.py");
  EXPECT_EQ(archive->code[0].text,
            "class Module(Module):\n  __parameters__ = [\"half\", ]\n"
            "  __buffers__ = [\"bytes\", ]\n  half : Tensor\n  bytes : Tensor\n"
            "  stem : __torch__.___torch_mangle_0.Module\n"
            "  bn : __torch__.___torch_mangle_1.Module\n");
  EXPECT_EQ(archive->code[2].path, "__torch__/___torch_mangle_1.py");
  EXPECT_EQ(archive->code[2].text,
            "class Module(Module):\n  __parameters__ = []\n"
            "  __buffers__ = [\"running_mean\", ]\n  running_mean : Tensor\n");
}

TEST_F(ModuleArchiveTest, quotes_the_numbers_of_module_lists) {
  const auto archive = module_archive(std::vector{tensor("blocks.0.weight", DType::float32, {1})});
  ASSERT_TRUE(archive.ok());
  EXPECT_EQ(archive->code[1].text,
            "class Module(Module):\n  __parameters__ = []\n  __buffers__ = []\n"
            "  __annotations__ = []\n"
            "  __annotations__[\"0\"] = __torch__.___torch_mangle_1.Module\n");
}

TEST_F(ModuleArchiveTest, refuses_what_libtorch_could_not_read_back) {
  EXPECT_EQ(refusal({tensor("a.b", DType::float32, {1})}), "");
  EXPECT_THAT(refusal({tensor("a.\"b", DType::float32, {1})}), HasSubstr("cannot hold tensor"));
  EXPECT_THAT(refusal({tensor("a..b", DType::float32, {1})}), HasSubstr("cannot hold tensor"));
  EXPECT_THAT(refusal({tensor("a", DType::float8_e4m3fn, {1})}), HasSubstr("float8_e4m3fn"));
  EXPECT_THAT(refusal({tensor("a", DType::float32, {1}), tensor("a.b", DType::float32, {1})}),
              HasSubstr("as a tensor and as a module"));
  std::string deep = "a";
  for (int i = 0; i < 100000; ++i) deep += ".a";
  EXPECT_THAT(refusal({tensor(deep, DType::float32, {1})}), HasSubstr("cannot hold tensor"));
}

}  // namespace
}  // namespace effgate
