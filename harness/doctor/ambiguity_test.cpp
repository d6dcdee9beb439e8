#include "harness/doctor/ambiguity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/doctor/held_state.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What the rules say of a file with the keys and shapes of `model`, behind a bench where the
// checkpoint has anchors; the checkpoint stands for the rest of the file.
std::optional<Cause> ambiguity(const Checkpoint& checkpoint, const std::string& model,
                               const std::optional<std::string>& asked) {
  StoredState state;
  state.tensors = state_dict_schema(*find_model(model));
  if (checkpoint.find("anchors.boxes") != nullptr) {
    for (ParamSpec& tensor : state.tensors) tensor.name = "model." + tensor.name;
    state.tensors.push_back({"anchors.boxes", {1, 4}, DType::float32});
  }
  const NetworkIndex& networks = NetworkIndex::instance();
  std::optional<Target> target;
  if (asked) target = *find_target(*asked, networks);
  Evidence evidence{checkpoint,
                    networks,
                    target ? &*target : nullptr,
                    interpret(state, networks, target ? target->network : nullptr),
                    {}};
  return ambiguity_rules()[0].examine(evidence);
}

HeldState some_weights() {
  HeldState held;
  add(held, {"weight", {1}});
  return held;
}

HeldFile silent_file() { return HeldFile(some_weights()); }

// A bench keeps its anchors as corners; the first cell's first has its side in strides of 8.
HeldFile file_with_anchors(double scale) {
  HeldState held;
  const ParamSpec boxes{"anchors.boxes", {1, 4}};
  held.push_back(
      {boxes, filled(boxes, [&](std::size_t i) { return 4 + (i < 2 ? -1 : 1) * 4 * scale; })});
  return HeldFile(held);
}

HeldFile file_that_names(const std::string& model) {
  return HeldFile(some_weights(), {"state_dict"}, {{"arch", model}});
}

TEST(Ambiguity, is_a_note_that_names_all_and_what_they_compute_differently) {
  const HeldFile file = silent_file();
  const auto cause = ambiguity(file.checkpoint(), "tf_efficientdet_d6", std::nullopt);
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(cause->severity, ProblemSeverity::note);
  EXPECT_EQ(cause->summary,
            "Its keys and shapes fit tf_efficientdet_d6 and tf_efficientdet_d7, which compute "
            "different things.");
  EXPECT_EQ(cause->details, (Details{{"candidates", "tf_efficientdet_d6,tf_efficientdet_d7"}}));
  EXPECT_THAT(cause->evidence,
              ElementsAre("tf_efficientdet_d6 and tf_efficientdet_d7: anchor scale 4 and 5"));
  EXPECT_EQ(cause->fix.command, "");
}

TEST(Ambiguity, is_not_of_a_network_that_no_other_fits) {
  const HeldFile file = silent_file();
  for (const char* model : {"tf_efficientdet_d7x", "tf_efficientdet_d0", "tf_efficientdet_lite0"})
    EXPECT_FALSE(ambiguity(file.checkpoint(), model, std::nullopt).has_value()) << model;
}

TEST(Ambiguity, tells_how_to_look_at_the_file_as_the_other) {
  const HeldFile file = silent_file();
  const auto cause = ambiguity(file.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d7");
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(cause->severity, ProblemSeverity::note);
  EXPECT_EQ(cause->fix.kind, FixKind::use_model);
  EXPECT_EQ(cause->fix.command,
            "effgate check " + file.path().string() + " --model tf_efficientdet_d6");
}

TEST(Ambiguity, is_a_difference_where_the_file_says_that_it_is_of_the_other) {
  const HeldFile of_d7 = file_that_names("tf_efficientdet_d7");
  const auto asked_for_d6 =
      ambiguity(of_d7.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d6");
  ASSERT_TRUE(asked_for_d6.has_value());
  EXPECT_EQ(asked_for_d6->severity, ProblemSeverity::changes);
  EXPECT_EQ(asked_for_d6->evidence.at(0), "its own entry arch says tf_efficientdet_d7");
  const auto asked_for_d7 =
      ambiguity(of_d7.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d7");
  ASSERT_TRUE(asked_for_d7.has_value());
  EXPECT_EQ(asked_for_d7->severity, ProblemSeverity::note);
}

// effdet's configuration of D7 has the anchor scale 5, that of every other D network 4.
TEST(Ambiguity, is_a_difference_where_the_anchors_of_its_bench_are_those_of_the_other) {
  const HeldFile of_d7 = file_with_anchors(5);
  const auto asked_for_d6 =
      ambiguity(of_d7.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d6");
  ASSERT_TRUE(asked_for_d6.has_value());
  EXPECT_EQ(asked_for_d6->severity, ProblemSeverity::changes);
  EXPECT_EQ(asked_for_d6->evidence.at(0), "its anchors have the scale 5 of tf_efficientdet_d7");
  const auto asked_for_d7 =
      ambiguity(of_d7.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d7");
  ASSERT_TRUE(asked_for_d7.has_value());
  EXPECT_EQ(asked_for_d7->severity, ProblemSeverity::note);
  const HeldFile of_neither = file_with_anchors(3);
  EXPECT_EQ(
      ambiguity(of_neither.checkpoint(), "tf_efficientdet_d6", "tf_efficientdet_d6")->severity,
      ProblemSeverity::note);
}

}  // namespace
}  // namespace effgate
