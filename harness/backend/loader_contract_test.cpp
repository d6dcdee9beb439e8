// The library's own loaders on stored files; what is expected is written out bit by bit.
#include <gmock/gmock.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/backend/backend_contract.h"
#include "harness/base/dtype.h"
#include "harness/base/files.h"
#include "harness/base/hash.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

fs::path fixtures() {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "fixtures" / "torch";
}

template <typename T>
std::vector<std::byte> little_endian(std::initializer_list<T> values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

struct StoredContent {
  effgate_dtype dtype;
  std::vector<std::int64_t> dims;
  std::vector<std::byte> bytes;
};

// What write_with_python.py puts into its dictionaries.
std::map<std::string, StoredContent> expected_content() {
  std::vector<std::byte> stem;
  for (int i = 0; i < 24; ++i) {
    const auto bits = little_endian<float>({(static_cast<float>(i) - 11.5F) / 8});
    stem.insert(stem.end(), bits.begin(), bits.end());
  }
  return {
      {"stem.weight", {EFFGATE_FLOAT32, {4, 2, 1, 3}, stem}},
      {"stem.bias",
       {EFFGATE_FLOAT32,
        {4},
        little_endian<std::uint32_t>({0x3dcccccd, 0xbe4ccccd, 0x7f800000, 0x000116c2})}},
      {"bn.running_mean", {EFFGATE_FLOAT64, {2}, little_endian<double>({1.5, -2.5})}},
      {"bn.num_batches_tracked", {EFFGATE_INT64, {}, little_endian<std::int64_t>({7})}},
      {"half", {EFFGATE_FLOAT16, {3}, little_endian<std::uint16_t>({0x3800, 0xfbff, 0x0001})}},
      {"brain", {EFFGATE_BFLOAT16, {2}, little_endian<std::uint16_t>({0x3f80, 0xc049})}},
      {"bytes", {EFFGATE_UINT8, {3}, little_endian<std::uint8_t>({0, 127, 255})}},
      {"flags", {EFFGATE_BOOL, {2}, little_endian<std::uint8_t>({1, 0})}},
  };
}

struct ModuleFree {
  void (*module_free)(effgate_module*) = nullptr;
  void operator()(effgate_module* module) const { module_free(module); }
};
using OwnedModule = std::unique_ptr<effgate_module, ModuleFree>;

class LoaderContract : public BackendContract {
 protected:
  void SetUp() override {
    BackendContract::SetUp();
    auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    folder_.emplace(std::move(*folder));
  }

  struct Loaded {
    effgate_code code;
    std::string text;
    OwnedModule module;
  };

  Loaded load(effgate_loader loader, const fs::path& path,
              const std::vector<effgate_param>& params = {}) {
    effgate_module* module = nullptr;
    const effgate_code code = table().load_library_file(
        session(), loader, path.c_str(), params.data(), params.size(), &module, error());
    return {code, error_text(), OwnedModule(module, {table().module_free})};
  }

  std::map<std::string, StoredContent> content(const effgate_module* module) {
    std::map<std::string, StoredContent> all;
    for (std::size_t i = 0; i < table().module_tensor_count(module); ++i) {
      const char* name = nullptr;
      effgate_tensor* made = nullptr;
      EXPECT_EQ(table().module_tensor(session(), module, i, &name, &made, error()), EFFGATE_OK)
          << error_text();
      const OwnedTensor tensor = own(made);
      all[name] = {dtype(tensor), dims(tensor), bytes(tensor)};
    }
    return all;
  }

  void expect_expected_content(const effgate_module* module) {
    const auto found = content(module);
    EXPECT_EQ(found.size(), expected_content().size());
    for (const auto& [name, expected] : expected_content()) {
      ASSERT_EQ(found.count(name), 1U) << name;
      EXPECT_EQ(found.at(name).dtype, expected.dtype) << name;
      EXPECT_EQ(found.at(name).dims, expected.dims) << name;
      EXPECT_EQ(found.at(name).bytes, expected.bytes) << name;
    }
  }

  // The parameters of a module for the expected content; names live in `content`.
  static std::vector<effgate_param> params_of(const std::map<std::string, StoredContent>& content) {
    std::vector<effgate_param> params;
    for (const auto& [name, stored] : content) {
      const bool floating = is_floating(static_cast<DType>(stored.dtype));
      params.push_back({name.c_str(), stored.dtype, shape(stored.dims), floating ? 0 : 1});
    }
    return params;
  }

  fs::path temporary(const char* name) const { return folder_->path() / name; }

  fs::path temporary(const char* name, const std::string& bytes) const {
    std::ofstream(temporary(name), std::ios::binary) << bytes;
    return temporary(name);
  }

  effgate_code save(const fs::path& path, const std::map<std::string, StoredContent>& content) {
    std::vector<OwnedTensor> owned;
    std::vector<const effgate_tensor*> tensors;
    std::vector<const char*> names;
    for (const auto& [name, stored] : content) {
      owned.push_back(tensor(stored.dims, stored.dtype, stored.bytes.data()));
      tensors.push_back(owned.back().get());
      names.push_back(name.c_str());
    }
    return table().save_archive(session(), path.c_str(), names.data(), tensors.data(), names.size(),
                                error());
  }

 private:
  std::optional<TemporaryDirectory> folder_;
};

TEST_P(LoaderContract, refuses_a_python_state_dict_with_every_loader) {
  const auto expected = expected_content();
  const fs::path path = fixtures() / "state-dict.pth";
  const Loaded pickled = load(EFFGATE_PICKLE_LOAD, path);
  EXPECT_EQ(pickled.code, EFFGATE_REFUSED);
  EXPECT_THAT(pickled.text, HasSubstr("Expected GenericDict but got None"));
  const Loaded archive = load(EFFGATE_ARCHIVE_LOAD, path, params_of(expected));
  EXPECT_EQ(archive.code, EFFGATE_REFUSED);
  EXPECT_THAT(archive.text, HasSubstr("constants.pkl"));
  const Loaded script = load(EFFGATE_TORCHSCRIPT, path);
  EXPECT_EQ(script.code, EFFGATE_REFUSED);
  EXPECT_THAT(script.text, HasSubstr("constants.pkl"));
  EXPECT_EQ(pickled.module, nullptr);
}

TEST_P(LoaderContract, reads_a_plain_dictionary_bit_by_bit) {
  const Loaded loaded = load(EFFGATE_PICKLE_LOAD, fixtures() / "plain-dictionary.pth");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  expect_expected_content(loaded.module.get());
}

TEST_P(LoaderContract, keeps_tensors_when_their_module_is_freed) {
  Loaded loaded = load(EFFGATE_PICKLE_LOAD, fixtures() / "plain-dictionary.pth");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  const char* name = nullptr;
  effgate_tensor* made = nullptr;
  ASSERT_EQ(table().module_tensor(session(), loaded.module.get(), 0, &name, &made, error()),
            EFFGATE_OK);
  const OwnedTensor tensor = own(made);
  const StoredContent expected = expected_content().at(name);
  loaded.module.reset();
  EXPECT_EQ(bytes(tensor), expected.bytes);
}

TEST_P(LoaderContract, knows_no_tensor_beyond_the_last) {
  const Loaded loaded = load(EFFGATE_PICKLE_LOAD, fixtures() / "plain-dictionary.pth");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  const char* name = nullptr;
  effgate_tensor* made = nullptr;
  EXPECT_EQ(table().module_tensor(session(), loaded.module.get(),
                                  table().module_tensor_count(loaded.module.get()), &name, &made,
                                  error()),
            EFFGATE_INVALID);
}

TEST_P(LoaderContract, refuses_files_that_end_early) {
  const auto whole = read_text_file(fixtures() / "plain-dictionary.pth");
  ASSERT_TRUE(whole.ok());
  for (std::size_t cut = 0; cut < whole->size(); cut += 97) {
    const fs::path path = temporary("cut.pth", whole->substr(0, cut));
    EXPECT_EQ(load(EFFGATE_PICKLE_LOAD, path).code, EFFGATE_REFUSED) << cut;
  }
}

TEST_P(LoaderContract, refuses_what_is_no_checkpoint) {
  const fs::path page = temporary("page.pth", "<!doctype html><p>Sign in to go on");
  for (const effgate_loader loader : {EFFGATE_PICKLE_LOAD, EFFGATE_TORCHSCRIPT}) {
    const Loaded loaded = load(loader, page);
    EXPECT_EQ(loaded.code, EFFGATE_REFUSED);
    EXPECT_FALSE(loaded.text.empty());
  }
}

TEST_P(LoaderContract, calls_a_file_that_is_not_there_invalid) {
  EXPECT_EQ(load(EFFGATE_PICKLE_LOAD, temporary("nothing.pth")).code, EFFGATE_INVALID);
  EXPECT_EQ(load(EFFGATE_TORCHSCRIPT, temporary("nothing.pt")).code, EFFGATE_INVALID);
}

TEST_P(LoaderContract, runs_torchscript) {
  Loaded loaded = load(EFFGATE_TORCHSCRIPT, fixtures() / "torchscript.pt");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  const auto found = content(loaded.module.get());
  EXPECT_EQ(found.at("conv.weight").bytes, little_endian<float>({2, -1}));
  EXPECT_EQ(found.at("bn.running_mean").bytes, little_endian<float>({0.5F, 0.25F}));
  const auto x = tensor({1, 1, 1, 2}, {1, 3});
  std::array<effgate_tensor*, 4> outs{};
  std::size_t count = 0;
  ASSERT_EQ(table().module_forward(session(), loaded.module.get(), x.get(), outs.data(),
                                   outs.size(), &count, error()),
            EFFGATE_OK)
      << error_text();
  ASSERT_EQ(count, 2U);
  EXPECT_THAT(values(own(outs[0])), ElementsAre(2.5F, 6.5F, -0.75F, -2.75F));
  EXPECT_THAT(values(own(outs[1])), ElementsAre(2, 6, -1, -3));
}

TEST_P(LoaderContract, runs_no_module_whose_outputs_do_not_fit) {
  Loaded loaded = load(EFFGATE_TORCHSCRIPT, fixtures() / "torchscript.pt");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  const auto x = tensor({1, 1, 1, 2}, {1, 3});
  effgate_tensor* out = nullptr;
  std::size_t count = 0;
  EXPECT_EQ(
      table().module_forward(session(), loaded.module.get(), x.get(), &out, 1, &count, error()),
      EFFGATE_INVALID);
  EXPECT_EQ(out, nullptr);
}

TEST_P(LoaderContract, runs_no_module_without_code) {
  Loaded loaded = load(EFFGATE_PICKLE_LOAD, fixtures() / "plain-dictionary.pth");
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  const auto x = tensor({1}, {1});
  effgate_tensor* out = nullptr;
  std::size_t count = 0;
  EXPECT_EQ(
      table().module_forward(session(), loaded.module.get(), x.get(), &out, 1, &count, error()),
      EFFGATE_INVALID);
}

TEST_P(LoaderContract, reads_back_the_archive_it_wrote) {
  const auto expected = expected_content();
  const fs::path path = temporary("archive.pt");
  ASSERT_EQ(save(path, expected), EFFGATE_OK) << error_text();
  const Loaded loaded = load(EFFGATE_ARCHIVE_LOAD, path, params_of(expected));
  ASSERT_EQ(loaded.code, EFFGATE_OK) << loaded.text;
  expect_expected_content(loaded.module.get());
}

TEST_P(LoaderContract, refuses_an_archive_that_lacks_a_tensor) {
  auto content = expected_content();
  const auto params = params_of(content);
  const fs::path path = temporary("archive.pt");
  auto lacking = content;
  lacking.erase("stem.bias");
  ASSERT_EQ(save(path, lacking), EFFGATE_OK) << error_text();
  const Loaded loaded = load(EFFGATE_ARCHIVE_LOAD, path, params);
  EXPECT_EQ(loaded.code, EFFGATE_REFUSED);
  EXPECT_THAT(loaded.text, HasSubstr("bias"));
}

TEST_P(LoaderContract, cannot_write_where_there_is_no_folder) {
  EXPECT_NE(save(temporary("nowhere") / "archive.pt", expected_content()), EFFGATE_OK);
  EXPECT_STRNE(error_text(), "");
}

TEST_P(LoaderContract, reads_the_archives_of_other_versions) {
  const auto expected = expected_content();
  for (const char* version : {"1.13.1", "2.6.0", "2.15.0"}) {
    const fs::path path = fixtures() / ("archive-" + std::string(version) + ".pt");
    const Loaded loaded = load(EFFGATE_ARCHIVE_LOAD, path, params_of(expected));
    ASSERT_EQ(loaded.code, EFFGATE_OK) << version << ": " << loaded.text;
    expect_expected_content(loaded.module.get());
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, LoaderContract, ::testing::ValuesIn(contract_tables()),
                         table_label);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LoaderContract);

TEST(TorchFixtures, are_those_of_the_manifest) {
  const auto text = read_text_file(fixtures() / "manifest.json");
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto document = nlohmann::json::parse(*text);
  EXPECT_GE(document.at("files").size(), 6U);
  for (const auto& entry : document.at("files")) {
    const auto digest = sha256_hex_of_file(fixtures() / entry.at("file").get<std::string>());
    ASSERT_TRUE(digest.ok()) << digest.error().message;
    EXPECT_EQ(*digest, entry.at("sha256").get<std::string>()) << entry.at("file");
  }
}

}  // namespace
}  // namespace effgate
