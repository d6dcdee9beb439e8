#include "harness/checkpoint/state_dict_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "harness/base/hash.h"

namespace effgate {
namespace {

// Digests of what CPython 3.11's C pickler writes (protocol 2) for the same objects, with classes
// of torch's names.
class StateDictPickle : public testing::Test {
 protected:
  TensorToSave tensor(std::string name, DType dtype, std::vector<std::int64_t> shape) {
    std::size_t bytes = size_of(dtype);
    for (const std::int64_t dim : shape) bytes *= static_cast<std::size_t>(dim);
    return {std::move(name), dtype, std::move(shape),
            std::span<const std::byte>(zeros_).first(bytes)};
  }
  std::vector<TensorToSave> vectors(int count) {
    std::vector<TensorToSave> all;
    for (int i = 0; i < count; ++i)
      all.push_back(tensor("t" + std::to_string(i) + ".weight", DType::float32, {2}));
    return all;
  }
  static std::string plain(const std::vector<TensorToSave>& tensors) {
    StateDictOptions options;
    options.plain_dict = true;
    return sha256_hex(state_dict_pickle(tensors, options));
  }
  static std::string ordered(const std::vector<TensorToSave>& tensors) {
    StateDictOptions options;
    options.module_versions.emplace();
    return sha256_hex(state_dict_pickle(tensors, options));
  }

  std::vector<std::byte> zeros_ = std::vector<std::byte>(300000);
};

TEST_F(StateDictPickle, is_what_python_writes_for_state_dict_with_its_metadata) {
  const std::vector<TensorToSave> tensors = {
      tensor("stem.conv.weight", DType::float32, {8, 3, 3, 3}),
      tensor("stem.bn.running_mean", DType::float32, {8}),
      tensor("stem.bn.num_batches_tracked", DType::int64, {}),
      tensor("head.bias", DType::float32, {70000})};
  EXPECT_EQ(sha256_hex(state_dict_pickle(tensors, {})),
            "29f4906e652d347df88fa32b77c4cdf09dd6b2aecc5855135b57ea17b2f826e3");
}

TEST_F(StateDictPickle, adds_the_view_to_storages_of_the_stream_format) {
  const std::vector<TensorToSave> tensors = {
      tensor("stem.conv.weight", DType::float32, {8, 3, 3, 3}),
      tensor("stem.bn.running_mean", DType::float32, {8}),
      tensor("stem.bn.num_batches_tracked", DType::int64, {}),
      tensor("head.bias", DType::float32, {70000})};
  EXPECT_EQ(sha256_hex(state_dict_pickle(tensors, {}, StorageNaming::legacy)),
            "4c90e7fa018d3295121863f5f08a31ce50cd9359264420f0b2ab672c44be061c");
}

TEST_F(StateDictPickle, batches_a_plain_dict_as_python_does) {
  EXPECT_EQ(plain(vectors(1)), "770ac11e636f4f7bc905f69f303b4d0e8c538395fd850906e3a0ea2606432c26");
  EXPECT_EQ(plain(vectors(1000)),
            "a28f959574419131187d679457a5a7ca53460db6e0be044fa51cc19cf669ff0a");
  EXPECT_EQ(plain(vectors(1001)),
            "5e6890163f5477d557b6d98040e8fec78121edbfd9f1f8bdb8b7000c967068fc");
}

TEST_F(StateDictPickle, batches_an_ordered_dict_as_python_does) {
  EXPECT_EQ(ordered(vectors(1)),
            "76773a531bdcebe7496b6788d1230475e6539427749438b1007a07888b33fe7c");
  EXPECT_EQ(ordered(vectors(1000)),
            "6bf9344e01bb7a9b08e1a4b920f8f697cfe2f85a3e8c6e75e288c25dba1e6373");
  EXPECT_EQ(ordered(vectors(1001)),
            "1fa4a7b038c1d9cf511b17f56708373ef6543f9f63615fe63f533e1ad1d4195e");
  EXPECT_EQ(ordered(vectors(1002)),
            "ed30f3c55e6ba6beaa5af9d0e5ddc8f20e57d21c53d30bca158708c8b1182dd6");
}

TEST_F(StateDictPickle, names_the_dtype_apart_where_torch_has_no_storage_class) {
  EXPECT_EQ(ordered({tensor("w", DType::float8_e4m3fn, {4})}),
            "da58eff288dae79b01b044e18f870ff21c62b27c25ac3dc057b1cf021ed53e7c");
}

TEST_F(StateDictPickle, derives_version_2_for_batch_norm_alone) {
  const std::vector<TensorToSave> tensors = {tensor("a.conv.weight", DType::float32, {1}),
                                             tensor("a.bn.weight", DType::float32, {1}),
                                             tensor("a.bn.running_mean", DType::float32, {1})};
  using Version = std::pair<std::string, std::int64_t>;
  EXPECT_THAT(derived_module_versions(tensors),
              testing::ElementsAre(Version{"", 1}, Version{"a", 1}, Version{"a.conv", 1},
                                   Version{"a.bn", 2}));
}

}  // namespace
}  // namespace effgate
