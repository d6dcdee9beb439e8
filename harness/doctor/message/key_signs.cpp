#include "harness/doctor/message/key_signs.h"

#include <algorithm>
#include <array>

#include "harness/checkpoint/state_dict.h"

namespace effgate {
namespace {

using std::string_view;

// What training programs put beside a state dict.
constexpr std::array<string_view, 18> kTrainingKeys = {
    "epoch",     "optimizer",  "arch",         "args",      "version",          "metric",
    "scaler",    "amp_scaler", "lr_scheduler", "scheduler", "optimizer_states", "lr_schedulers",
    "callbacks", "loops",      "global_step",  "meta",      "message_hub",      "parser"};

// With what only other implementations begin their names.
struct ImplementationSign {
  string_view part;
  string_view implementation;
};
constexpr std::array kSigns = {
    ImplementationSign{"backbone_net.", "zylo117"},
    ImplementationSign{"bifpn.", "zylo117"},
    ImplementationSign{"regressor.", "zylo117"},
    ImplementationSign{"classifier.header.", "zylo117"},
    ImplementationSign{"classifier.conv_list.", "zylo117"},
    ImplementationSign{"backbone.layers.", "mmdetection"},
    ImplementationSign{"neck.bifpn.", "mmdetection"},
    ImplementationSign{"bbox_head.cls_", "mmdetection"},
    ImplementationSign{"bbox_head.reg_", "mmdetection"},
    ImplementationSign{"neck.lateral_convs.", "toandaominh1997"},
    ImplementationSign{"neck.stack_bifpn_convs.", "toandaominh1997"},
    ImplementationSign{"bbox_head.", "toandaominh1997"},
    ImplementationSign{"backbone._", "toandaominh1997"},
    ImplementationSign{"efficientnet.", "toandaominh1997"},
    ImplementationSign{"BIFPN.", "toandaominh1997"},
    ImplementationSign{"regressionModel.", "toandaominh1997"},
    ImplementationSign{"classificationModel.", "toandaominh1997"},
    ImplementationSign{"_conv_stem.", "lukemelas"},
    ImplementationSign{"_blocks.", "lukemelas"},
};

}  // namespace

bool is_container_key(string_view key) {
  const auto known = known_state_dict_keys();
  return std::ranges::find(known, key) != known.end();
}

bool is_training_key(string_view key) {
  return std::ranges::find(kTrainingKeys, key) != kTrainingKeys.end();
}

string_view implementation_of(const std::vector<std::string>& names) {
  for (const ImplementationSign& sign : kSigns) {
    if (std::ranges::any_of(names, [&](const auto& name) { return name.starts_with(sign.part); }))
      return sign.implementation;
  }
  return {};
}

}  // namespace effgate
