#include "harness/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "harness/base/files.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

fs::path stored(const std::string& file) {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "fixtures" / "broken" / file;
}

fs::path torch_file(const std::string& file) {
  return stored("").parent_path().parent_path() / "torch" / file;
}

// Small healthy files, one of each container.
const std::vector<std::string> kHealthy = {"healthy_zip/input.pth", "healthy_legacy/input.pth",
                                           "healthy_safetensors/input.safetensors"};

TEST(CheckpointFile, is_read_alike_from_every_container) {
  for (const std::string& file : kHealthy) {
    const auto checkpoint = Checkpoint::open(stored(file));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    ASSERT_EQ(checkpoint->tensors().size(), 2U);
    const TensorEntry* weight = checkpoint->find("a.weight");
    ASSERT_NE(weight, nullptr);
    EXPECT_EQ(weight->dtype, DType::float32);
    EXPECT_EQ(weight->bytes, 16U);
    float last = 0;
    std::memcpy(&last, weight->data.data() + 12, sizeof(last));
    EXPECT_EQ(last, 4.0F);
    EXPECT_EQ(checkpoint->find("a.none"), nullptr);
  }
}

TEST(CheckpointFile, views_share_their_storage_and_keep_their_strides) {
  const auto checkpoint = Checkpoint::open(stored("healthy_zip_views_of_one_storage/input.pth"));
  ASSERT_TRUE(checkpoint.ok());
  const TensorEntry* whole = checkpoint->find("whole");
  const TensorEntry* transposed = checkpoint->find("transposed");
  const TensorEntry* last = checkpoint->find("last");
  EXPECT_TRUE(whole->contiguous);
  EXPECT_FALSE(transposed->contiguous);
  EXPECT_THAT(transposed->strides, ElementsAre(1, 2));
  EXPECT_EQ(transposed->data.data(), whole->data.data());
  EXPECT_EQ(last->data.data(), whole->data.data() + 12);
  EXPECT_EQ(last->data.size(), 4U);
}

TEST(CheckpointFile, takes_the_state_dict_out_of_a_training_checkpoint_and_says_so) {
  const auto checkpoint = Checkpoint::open(stored("healthy_zip_training/input.pth.tar"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_THAT(checkpoint->wrappers(), ElementsAre("state_dict"));
  EXPECT_THAT(checkpoint->state_dicts(), ElementsAre(StateDictPlace{"state_dict", 2, false}));
  EXPECT_THAT(checkpoint->inert_globals(),
              testing::IsSupersetOf({"argparse.Namespace", "numpy.dtype"}));
}

TEST(CheckpointFile, takes_the_key_asked_for_or_names_the_nearest) {
  const fs::path path = stored("healthy_zip_training/input.pth.tar");
  const auto chosen = Checkpoint::open(path, {.key = "state_dict"});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(chosen->tensors().size(), 2U);
  const auto mistyped = Checkpoint::open(path, {.key = "state_dcit"});
  ASSERT_FALSE(mistyped.ok());
  EXPECT_EQ(mistyped.error().kind, ErrorKind::not_found);
  EXPECT_THAT(mistyped.error().message, HasSubstr("did you mean state_dict?"));
}

// Eight tensors of eight dtypes, written by each library as fixtures/torch/README.md says.
TEST(CheckpointFile, is_read_from_archives_of_cpp_torch_save_of_every_version) {
  const auto python = Checkpoint::open(torch_file("state-dict.pth"));
  ASSERT_TRUE(python.ok()) << python.error().message;
  for (const char* file : {"archive-1.13.1.pt", "archive-2.6.0.pt", "archive-2.15.0.pt"}) {
    const auto archive = Checkpoint::open(torch_file(file), {.key = "", .verify_storages = true});
    ASSERT_TRUE(archive.ok()) << archive.error().message;
    EXPECT_EQ(archive->container(), Container::torch_archive);
    ASSERT_EQ(archive->tensors().size(), 8U);
    for (const TensorEntry& tensor : python->tensors()) {
      const TensorEntry* same = archive->find(tensor.name);
      ASSERT_NE(same, nullptr) << tensor.name;
      EXPECT_EQ(same->dtype, tensor.dtype);
      EXPECT_EQ(same->shape, tensor.shape);
      EXPECT_TRUE(std::ranges::equal(same->data, tensor.data)) << tensor.name;
    }
  }
}

TEST(CheckpointFile, tells_torchscript_from_an_archive_and_reads_its_tensors) {
  const auto script = Checkpoint::open(torch_file("torchscript.pt"));
  ASSERT_TRUE(script.ok()) << script.error().message;
  EXPECT_EQ(script->container(), Container::torchscript);
  std::vector<std::string> names;
  for (const TensorEntry& tensor : script->tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("conv.weight", "conv.bias", "bn.weight", "bn.bias",
                                 "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"));
}

TEST(CheckpointFile, a_changed_weight_is_found_only_where_storages_are_verified) {
  TemporaryDirectory directory = *TemporaryDirectory::create();
  std::string bytes = *read_text_file(stored("healthy_zip/input.pth"));
  const std::size_t weights = bytes.find("\x40\x40\x00\x00\x80\x40", 0, 6);
  ASSERT_NE(weights, std::string::npos);
  bytes[weights] = '\x41';
  const fs::path path = directory.path() / "file";
  ASSERT_TRUE(write_file_atomically(path, bytes).ok());
  EXPECT_TRUE(Checkpoint::open(path).ok());
  const auto verified = Checkpoint::open(path, {.key = "", .verify_storages = true});
  ASSERT_FALSE(verified.ok());
  EXPECT_THAT(verified.error().message, HasSubstr("checksum"));
  EXPECT_TRUE(
      Checkpoint::open(stored("healthy_zip/input.pth"), {.key = "", .verify_storages = true}).ok());
}

TEST(CheckpointFile, an_error_has_the_kind_of_its_problem) {
  EXPECT_EQ(Checkpoint::open(stored("unsafe_zip_calls_os_system/input.pth")).error().kind,
            ErrorKind::unsafe);
  EXPECT_EQ(Checkpoint::open(stored("truncated_zip/input.pth")).error().kind, ErrorKind::truncated);
  EXPECT_EQ(Checkpoint::open(stored("foreign_html_page/input.pth")).error().kind,
            ErrorKind::malformed);
  EXPECT_EQ(Checkpoint::inspect(stored("none")).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace effgate
