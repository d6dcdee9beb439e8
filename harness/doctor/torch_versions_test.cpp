#include "harness/doctor/torch_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace effgate {
namespace {

using enum TorchLoader;
using enum LoadOutcome;

LoadFacts zip_of_state_dict() {
  LoadFacts facts;
  facts.container = Container::zip;
  facts.pickle.ordered_dict = true;
  return facts;
}

LoadOutcome outcome(const LoadFacts& facts, TorchLoader loader, std::string_view version) {
  return predicted_outcome(facts, loader, version).outcome;
}

LoadFacts facts_of_stored(const std::string& file) {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  const auto checkpoint = Checkpoint::inspect(std::string(source) + "/fixtures/" + file);
  EXPECT_TRUE(checkpoint.ok()) << file;
  return checkpoint.ok() ? load_facts(*checkpoint) : LoadFacts{};
}

TEST(TorchVersions, takes_its_facts_from_the_file) {
  const LoadFacts training = facts_of_stored("broken/healthy_zip_training/input.pth.tar");
  EXPECT_EQ(training.container, Container::zip);
  EXPECT_TRUE(training.inert_globals);
  EXPECT_FALSE(training.unsafe || training.whole_module);
  const LoadFacts plain = facts_of_stored("broken/healthy_zip/input.pth");
  EXPECT_FALSE(plain.inert_globals);
  EXPECT_FALSE(plain.pickle.parameters || plain.pickle.newer_dtypes);
  EXPECT_FALSE(facts_of_stored("torch/plain-dictionary.pth").pickle.ordered_dict);
  EXPECT_TRUE(facts_of_stored("torch/state-dict.pth").pickle.ordered_dict);
  EXPECT_EQ(facts_of_stored("broken/healthy_legacy/input.pth").container, Container::legacy);
}

// What LibTorch 1.13.1, 2.6.0 and 2.14.1 were seen to do with files of Python's torch.save.
TEST(TorchVersions, cpp_loaders_read_plain_dictionaries_and_no_state_dict) {
  LoadFacts plain = zip_of_state_dict();
  plain.pickle.ordered_dict = false;
  LoadFacts parameters = plain;
  parameters.pickle.parameters = true;
  for (const std::string_view version : {"1.13.1", "2.6.0", "2.14.1"}) {
    EXPECT_EQ(outcome(zip_of_state_dict(), pickle_load, version), refuses) << version;
    EXPECT_EQ(outcome(plain, pickle_load, version), reads) << version;
    EXPECT_EQ(outcome(plain, archive, version), refuses) << version;
    EXPECT_EQ(outcome(parameters, pickle_load, version), version == "2.14.1" ? reads : refuses);
  }
  EXPECT_EQ(outcome(parameters, pickle_load, "2.9.1"), unknown);
}

TEST(TorchVersions, cpp_loaders_read_archives_and_no_legacy_file) {
  for (const Container container :
       {Container::torchscript, Container::torch_archive, Container::legacy}) {
    LoadFacts facts;
    facts.container = container;
    const bool legacy = container == Container::legacy;
    EXPECT_EQ(outcome(facts, archive, "2.6.0"), legacy ? refuses : reads);
    EXPECT_EQ(outcome(facts, pickle_load, "2.6.0"), refuses);
    EXPECT_EQ(outcome(facts, torch_load, "2.5.1"), reads);
    EXPECT_EQ(outcome(facts, torch_load, "2.6.0"), legacy ? reads : refuses);
  }
}

TEST(TorchVersions, weights_only_is_the_default_since_2_6) {
  LoadFacts training = zip_of_state_dict();
  training.inert_globals = true;
  EXPECT_EQ(outcome(training, torch_load, "2.5.1"), reads);
  EXPECT_EQ(outcome(training, torch_load, "2.6.0"), refuses);
  LoadFacts module = zip_of_state_dict();
  module.whole_module = true;
  EXPECT_EQ(outcome(module, torch_load, "2.5.1"), reads_with_classes);
  EXPECT_EQ(outcome(module, torch_load, "2.15.0"), refuses);
  LoadFacts attack = zip_of_state_dict();
  attack.unsafe = true;
  EXPECT_EQ(outcome(attack, torch_load, "2.5.1"), runs_code);
  EXPECT_EQ(outcome(attack, torch_load, "2.6.0"), refuses);
  EXPECT_EQ(outcome(zip_of_state_dict(), torch_load, "2.15.0"), reads);
}

TEST(TorchVersions, nothing_is_promised_of_a_damaged_file) {
  for (const std::string name : {"truncated_zip/input.pth", "truncated_legacy/input.pth",
                                 "corrupt_zip_storage_missing/input.pth"}) {
    for (const VersionRange& range : predicted_ranges(facts_of_stored("broken/" + name)))
      EXPECT_NE(range.outcome.outcome, reads) << name << " " << range.first;
  }
  EXPECT_EQ(outcome(facts_of_stored("broken/healthy_zip/input.pth"), torch_load, "2.6.0"), reads);
}

TEST(TorchVersions, zip_archives_are_read_since_1_6) {
  EXPECT_EQ(outcome(zip_of_state_dict(), torch_load, "1.5.1"), refuses);
  EXPECT_EQ(outcome(zip_of_state_dict(), torch_load, "1.6.0"), reads);
  LoadFacts legacy = zip_of_state_dict();
  legacy.container = Container::legacy;
  EXPECT_EQ(outcome(legacy, torch_load, "1.5.1"), reads);
}

TEST(TorchVersions, dtypes_of_torch_2_1_are_read_since_then) {
  LoadFacts newer = zip_of_state_dict();
  newer.pickle.newer_dtypes = true;
  EXPECT_EQ(outcome(newer, torch_load, "2.0.1"), refuses);
  EXPECT_EQ(outcome(newer, torch_load, "2.1.2"), reads);
}

TEST(TorchVersions, no_version_reads_what_torch_did_not_write) {
  for (const Container container :
       {Container::safetensors, Container::tensorflow, Container::unknown}) {
    LoadFacts facts;
    facts.container = container;
    for (const VersionRange& range : predicted_ranges(facts))
      EXPECT_EQ(range.outcome.outcome, refuses);
  }
}

TEST(TorchVersions, ranges_cover_every_version_of_every_loader_once) {
  LoadFacts training = zip_of_state_dict();
  training.inert_globals = true;
  std::vector<std::string> python;
  for (const VersionRange& range : predicted_ranges(training)) {
    if (range.loader == torch_load)
      python.push_back(std::string(range.first) + " to " + std::string(range.last));
  }
  EXPECT_THAT(python, testing::ElementsAre("1.5.1 to 1.5.1", "1.6.0 to 2.5.1", "2.6.0 to 2.15.0"));
}

}  // namespace
}  // namespace effgate
