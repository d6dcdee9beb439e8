#include "harness/doctor/message/key_signs.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

// The keys of timm's, Lightning's and zylo117's training checkpoints.
TEST(KeySigns, tell_a_state_dict_in_a_training_checkpoint_from_what_lies_beside_it) {
  for (const char* key : {"state_dict", "state_dict_ema", "model"}) {
    EXPECT_TRUE(is_container_key(key)) << key;
    EXPECT_FALSE(is_training_key(key)) << key;
  }
  for (const char* key : {"epoch", "optimizer", "lr_schedulers"}) {
    EXPECT_TRUE(is_training_key(key)) << key;
    EXPECT_FALSE(is_container_key(key)) << key;
  }
  EXPECT_FALSE(is_container_key("backbone.conv_stem.weight"));
}

TEST(KeySigns, tell_whose_names_begin_as_no_name_of_effdets_does) {
  EXPECT_EQ(implementation_of({"backbone_net.model._bn0.weight"}), "zylo117");
  EXPECT_EQ(implementation_of({"x", "neck.bifpn.0.conv.weight"}), "mmdetection");
  EXPECT_EQ(implementation_of({"efficientnet._bn0.weight"}), "toandaominh1997");
  EXPECT_EQ(implementation_of({"_conv_stem.weight"}), "lukemelas");
  EXPECT_EQ(implementation_of({"backbone.conv_stem.weight", "fpn.cell.0", "class_net."}), "");
}

}  // namespace
}  // namespace effgate
