#include "harness/cli/own_network.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

const std::vector<std::string> kSixes{"tf_efficientdet_d6", "tf_efficientdet_d7"};
const std::vector<std::string> kZeros{"tf_efficientdet_d0", "tf_efficientdet_d0_ap"};

TEST(OwnNetwork, is_the_candidate_the_file_is_named_for) {
  EXPECT_EQ(candidate_named_by("w/tf_efficientdet_d7_53-6d1d7a95.pth", kSixes),
            "tf_efficientdet_d7");
  EXPECT_EQ(candidate_named_by("tf-efficientdet-d0-ap.pth", kZeros), "tf_efficientdet_d0_ap");
}

TEST(OwnNetwork, finds_the_size_in_the_name_of_another_implementations_file) {
  EXPECT_EQ(candidate_named_by("efficientdet-d7.pth",
                               {"zylo:tf_efficientdet_d6", "zylo:tf_efficientdet_d7"}),
            "zylo:tf_efficientdet_d7");
}

TEST(OwnNetwork, is_the_first_candidate_where_the_name_says_nothing) {
  EXPECT_EQ(candidate_named_by("best.pth", kSixes), "tf_efficientdet_d6");
}

TEST(OwnNetwork, says_which_file_cannot_be_read) {
  const Result<OwnNetwork> network = own_network("no/such/file.pth", "");
  ASSERT_FALSE(network.ok());
  EXPECT_EQ(network.error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace effgate
