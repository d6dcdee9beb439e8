#include "harness/checkpoint/save.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

using testing::HasSubstr;

class Save : public testing::Test {
 protected:
  Save() : bytes_(4096) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::byte>(i * 7);
  }
  TensorToSave tensor(std::string name, DType dtype, std::vector<std::int64_t> shape) {
    std::size_t size = size_of(dtype);
    for (const std::int64_t dim : shape) size *= static_cast<std::size_t>(dim);
    return {std::move(name), dtype, std::move(shape),
            std::span<const std::byte>(bytes_).subspan(8, size)};
  }
  // Every dtype, a scalar and an empty tensor.
  std::vector<TensorToSave> variety() {
    std::vector<TensorToSave> all = {tensor("scalar", DType::float32, {}),
                                     tensor("empty", DType::float32, {0, 3})};
    for (int i = 0; i < kDTypeCount; ++i) {
      const auto dtype = static_cast<DType>(i);
      all.push_back(tensor("of." + std::string(to_string(dtype)), dtype, {2, 3}));
    }
    return all;
  }
  std::filesystem::path path() const { return directory_.path() / "file"; }

  static void expect_same(const Checkpoint& checkpoint, const std::vector<TensorToSave>& tensors) {
    ASSERT_EQ(checkpoint.tensors().size(), tensors.size());
    for (const TensorToSave& wanted : tensors) {
      const TensorEntry* found = checkpoint.find(wanted.name);
      ASSERT_NE(found, nullptr) << wanted.name;
      EXPECT_EQ(found->dtype, wanted.dtype);
      EXPECT_EQ(found->shape, wanted.shape);
      EXPECT_TRUE(std::ranges::equal(found->data, wanted.data)) << wanted.name;
    }
  }

  std::vector<std::byte> bytes_;
  TemporaryDirectory directory_ = *TemporaryDirectory::create();
};

TEST_F(Save, a_zip_reads_back_with_every_dtype) {
  ASSERT_TRUE(save_zip(path(), variety()).ok());
  const auto checkpoint = Checkpoint::open(path(), {.key = "", .verify_storages = true});
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  expect_same(*checkpoint, variety());
  EXPECT_EQ(checkpoint->container(), Container::zip);
  EXPECT_EQ(checkpoint->writer(), "torch 2.7 or newer");
  EXPECT_EQ(checkpoint->module_versions().size(), 2U);  // the root and "of"
}

TEST_F(Save, storages_of_a_zip_lie_at_multiples_of_64_bytes) {
  ASSERT_TRUE(save_zip(path(), variety()).ok());
  const auto file = MappedFile::open(path());
  ASSERT_TRUE(file.ok());
  const auto checkpoint = Checkpoint::open(path());
  for (const TensorEntry& tensor : checkpoint->tensors()) {
    if (tensor.bytes == 0) continue;
    // A mapping begins at a page, so addresses align as offsets in the file do.
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data.data()) % 64, 0U) << tensor.name;
  }
}

TEST_F(Save, a_plain_dict_has_no_metadata) {
  ASSERT_TRUE(save_zip(path(), variety(), {.plain_dict = true, .module_versions = {}}).ok());
  const auto checkpoint = Checkpoint::open(path());
  ASSERT_TRUE(checkpoint.ok());
  expect_same(*checkpoint, variety());
  EXPECT_TRUE(checkpoint->module_versions().empty());
}

TEST_F(Save, keeps_the_versions_it_is_given) {
  StateDictOptions options;
  options.module_versions = {{{"", 1}, {"act", 1}, {"of", 3}}};
  ASSERT_TRUE(save_zip(path(), variety(), options).ok());
  EXPECT_EQ(Checkpoint::open(path())->module_versions(), *options.module_versions);
}

TEST_F(Save, a_legacy_file_reads_back_with_every_dtype) {
  ASSERT_TRUE(save_legacy(path(), variety()).ok());
  const auto checkpoint = Checkpoint::open(path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  expect_same(*checkpoint, variety());
  EXPECT_EQ(checkpoint->container(), Container::legacy);
  EXPECT_EQ(checkpoint->module_versions().size(), 2U);
}

// The first bytes of every file that torch wrote before 1.6, and those of a storage at the end.
TEST_F(Save, a_legacy_file_begins_and_ends_as_torchs_does) {
  const std::vector<TensorToSave> one = {tensor("a", DType::float32, {3})};
  ASSERT_TRUE(save_legacy(path(), one).ok());
  const std::string file = *read_text_file(path());
  const std::string_view head(
      "\x80\x02\x8a\nl\xfc\x9c"
      "F\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\0(X\x10\0\0\0protocol_versionq\1M\xe9\3X"
      "\r\0\0\0little_endianq\2\x88X\n\0\0\0type_sizesq\3}q\4(X\5\0\0\0shortq\5K\2X\3\0\0\0intq"
      "\6K\4X\4\0\0\0longq\aK\4uu.",
      137);
  EXPECT_EQ(file.substr(0, head.size()), head);
  const std::string count("\3\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(file.substr(file.size() - 20), count + std::string(as_text(one[0].data)));
}

TEST_F(Save, a_torch_archive_reads_back_by_its_modules) {
  std::vector<TensorToSave> tensors = variety();
  std::erase_if(tensors, [](const TensorToSave& tensor) {
    return tensor.dtype == DType::float8_e4m3fn || tensor.dtype == DType::float8_e5m2 ||
           tensor.dtype == DType::uint16 || tensor.dtype == DType::uint32 ||
           tensor.dtype == DType::uint64;
  });
  ASSERT_TRUE(save_torch_archive(path(), tensors).ok());
  const auto checkpoint = Checkpoint::open(path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  expect_same(*checkpoint, tensors);
  EXPECT_EQ(checkpoint->container(), Container::torch_archive);
}

TEST_F(Save, writes_the_container_that_is_asked_for) {
  const std::vector<TensorToSave> one = {tensor("a", DType::float32, {3})};
  for (const Container container :
       {Container::zip, Container::legacy, Container::safetensors, Container::torch_archive}) {
    ASSERT_TRUE(save_checkpoint(path(), container, one).ok());
    EXPECT_EQ(Checkpoint::open(path())->container(), container);
  }
  EXPECT_EQ(save_checkpoint(path(), Container::torchscript, one).error().kind, ErrorKind::usage);
}

TEST_F(Save, safetensors_reads_back_with_every_dtype_and_its_metadata) {
  const std::vector<std::pair<std::string, std::string>> metadata = {{"format", "pt"}};
  ASSERT_TRUE(save_safetensors(path(), variety(), metadata).ok());
  const auto checkpoint = Checkpoint::open(path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  expect_same(*checkpoint, variety());
  EXPECT_EQ(checkpoint->metadata(), metadata);
}

// The bytes of safetensors.torch.save_file({"b": int64 [1], "a": float32 [2]}) of safetensors
// 0.8.0, written by hand from its format: wide elements first, header padded to eight bytes.
TEST_F(Save, safetensors_is_laid_out_as_its_reference_writer_does) {
  const std::vector<TensorToSave> tensors = {tensor("a", DType::float32, {2}),
                                             tensor("b", DType::int64, {1})};
  ASSERT_TRUE(save_safetensors(path(), tensors).ok());
  std::string header = R"({"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                       R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string expected(1, static_cast<char>(header.size()));
  expected += std::string(7, '\0') + header;
  expected += as_text(tensors[1].data);
  expected += as_text(tensors[0].data);
  EXPECT_TRUE(*read_text_file(path()) == expected);
}

TEST_F(Save, the_same_tensors_give_the_same_file) {
  ASSERT_TRUE(save_zip(path(), variety()).ok());
  const std::string first = *sha256_hex_of_file(path());
  ASSERT_TRUE(save_zip(path(), variety()).ok());
  EXPECT_EQ(*sha256_hex_of_file(path()), first);
}

TEST_F(Save, refuses_bytes_that_do_not_fit_and_leaves_the_old_file) {
  ASSERT_TRUE(write_file_atomically(path(), "old").ok());
  std::vector<TensorToSave> tensors = variety();
  tensors[0].data = tensors[0].data.first(2);
  const Status status = save_zip(path(), tensors);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::usage);
  EXPECT_THAT(status.error().message, HasSubstr("scalar"));
  EXPECT_EQ(*read_text_file(path()), "old");
}

TEST_F(Save, refuses_two_tensors_of_one_name) {
  const std::vector<TensorToSave> twins = {tensor("a", DType::float32, {1}),
                                           tensor("a", DType::float32, {1})};
  EXPECT_FALSE(save_zip(path(), twins).ok());
  EXPECT_FALSE(save_safetensors(path(), twins).ok());
}

TEST_F(Save, a_folder_that_is_not_there_is_an_error) {
  EXPECT_FALSE(save_zip(directory_.path() / "none" / "file", variety()).ok());
}

}  // namespace
}  // namespace effgate
