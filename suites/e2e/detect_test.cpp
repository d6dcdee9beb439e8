#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class Detect : public testing::Test, protected ProgramFixture {
 protected:
  static std::string picture(const std::string& name) {
    return (fixtures() / "pictures" / name).string();
  }

  // lite0 with synthetic weights on the reference, at a small size.
  ProgramRun detect(const std::string& image, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"detect",       image,          "--model", "lite0",
                                       "--checkpoint", "recipe:lite0", "--lib",   "reference",
                                       "--size",       "128x128"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

// 29 pixels of the picture are 128 of the input, and 18 are 79.
TEST_F(Detect, gives_boxes_in_the_pixels_of_the_picture) {
  const ProgramRun found = detect(picture("rgb8.png"), {"--json", "--max", "20"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const Json document = Json::parse(found.out);
  EXPECT_EQ(document["schema"], "effgate.detect/1");
  EXPECT_EQ(document["width"], 29);
  EXPECT_EQ(document["height"], 18);
  EXPECT_EQ(document["model"], "tf_efficientdet_lite0");
  EXPECT_DOUBLE_EQ(document["input"]["scale"].get<double>(), 29.0 / 128);
  ASSERT_EQ(document["detections"].size(), 20u);
  double best = 1;
  for (const Json& row : document["detections"]) {
    EXPECT_LE(row["score"].get<double>(), best);
    best = row["score"];
    for (const std::size_t corner : {0u, 1u, 2u, 3u}) {
      EXPECT_GE(row["box"][corner].get<double>(), 0);
      EXPECT_LE(row["box"][corner].get<double>(), corner % 2 == 0 ? 29.001 : 18.001);
    }
  }
}

TEST_F(Detect, keeps_what_reaches_the_least_score) {
  const Json all = Json::parse(detect(picture("colour.jpg"), {"--json"}).out)["detections"];
  ASSERT_EQ(all.size(), 100u);
  const double least = all[9]["score"];
  const ProgramRun found =
      detect(picture("colour.jpg"), {"--json", "--min-score", std::to_string(least - 1e-6)});
  const Json kept = Json::parse(found.out)["detections"];
  EXPECT_GE(kept.size(), 10u);
  EXPECT_LT(kept.size(), 100u);
  for (const Json& row : kept) EXPECT_GE(row["score"].get<double>(), least - 1e-6);
}

TEST_F(Detect, draws_on_the_picture_and_says_nothing) {
  const ProgramRun found = detect(picture("colour.jpg"), {"-o", "drawn.png"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(found.out, "");
  EXPECT_TRUE(std::filesystem::exists(in("drawn.png")));
  const ProgramRun again = detect(in("drawn.png").string(), {"--json"});
  EXPECT_EQ(Json::parse(again.out)["width"], 29) << again.err;
}

TEST_F(Detect, ends_with_five_for_an_image_that_is_none_and_writes_nothing) {
  const std::string whole = *read_text_file(picture("colour.jpg"));
  for (const std::string& image :
       {write("page.png", "<!DOCTYPE html><html>"),
        write("cut.jpg", whole.substr(0, whole.size() / 2)), in("gone.png").string()}) {
    const ProgramRun found = detect(image, {"-o", "drawn.png"});
    EXPECT_EQ(found.exit_code, 5) << image;
    EXPECT_EQ(found.out, "");
    EXPECT_THAT(found.err, HasSubstr(image));
    EXPECT_FALSE(std::filesystem::exists(in("drawn.png")));
  }
}

TEST_F(Detect, ends_with_two_where_the_drawing_has_no_known_form) {
  const ProgramRun found = detect(picture("colour.jpg"), {"-o", "drawn.gif"});
  EXPECT_EQ(found.exit_code, 2);
  EXPECT_THAT(found.err, HasSubstr("drawn.gif"));
}

// effdet clips boxes to the picture and keeps those of which nothing is left.
TEST_F(Detect, counts_the_boxes_that_lie_beside_the_picture_and_draws_none_of_them) {
  const ProgramRun found = detect(picture("colour.jpg"), {"--json"});
  const Json document = Json::parse(found.out);
  std::size_t flat = 0;
  for (const Json& row : document["detections"])
    flat += row["box"][0] == row["box"][2] || row["box"][1] == row["box"][3] ? 1 : 0;
  EXPECT_GT(flat, 0u);
  EXPECT_EQ(document["without_area"], flat);
  EXPECT_THAT(detect(picture("colour.jpg"), {}).err, HasSubstr("beside the picture"));
  EXPECT_EQ(detect(picture("colour.jpg"), {"--max", "1"}).err, "");
}

// zylo cuts 128/29 * 18 = 79.4 down to 79 lines and brings boxes back by 18/79; effdet by 29/128
// both ways.
TEST_F(Detect, prepares_pictures_as_the_implementation_does) {
  const auto input = [&](const std::string& model) {
    const ProgramRun found =
        run({"detect", picture("colour.jpg"), "--model", model, "--checkpoint", "recipe:" + model,
             "--lib", "reference", "--size", "128x128", "--json"});
    EXPECT_EQ(found.exit_code, 0) << found.err;
    return std::pair(Json::parse(found.out)["input"], found.err);
  };
  const auto [zylo, silence] = input("zylo:d0");
  EXPECT_DOUBLE_EQ(zylo["scale"].get<double>(), 29.0 / 128);
  EXPECT_DOUBLE_EQ(zylo["scale_y"].get<double>(), 18.0 / 79);
  EXPECT_EQ(silence, "");
  EXPECT_DOUBLE_EQ(input("d0").first["scale_y"].get<double>(), 29.0 / 128);
  EXPECT_THAT(input("mmdet:d0").second, HasSubstr("warning: boxes are read y first"));
}

// A truth, a pass and a failure: the picture that is none costs only its own cell.
TEST_F(Detect, a_picture_is_the_input_of_a_suite_too) {
  write("suite.toml",
        "name = \"pictures\"\n[[matrix]]\nlibrary = [\"reference\"]\n"
        "checkpoint = [\"recipe:lite0\"]\nsize = [\"128x128\"]\ninput = [\"file:" +
            picture("colour.jpg") + "\", \"file:cut.jpg\"]\n");
  const std::string whole = *read_text_file(picture("colour.jpg"));
  write("cut.jpg", whole.substr(0, whole.size() / 2));
  ASSERT_EQ(run({"run", "suite.toml", "--db", "a.db"}).exit_code, 0);
  const ProgramRun exported = run({"export", "--db", "a.db", "--format", "json"});
  std::map<std::string, Json> cells;
  const Json document = Json::parse(exported.out);
  for (const Json& cell : document["cells"])
    cells[cell["cell"].get<std::string>().ends_with("cut.jpg") ? "cut" : "whole"] = cell;
  EXPECT_EQ(cells["whole"]["status"], "pass") << exported.out;
  EXPECT_EQ(cells["cut"]["status"], "unreadable") << exported.out;
  EXPECT_EQ(cells["cut"]["reason"], "input");
}

}  // namespace
}  // namespace effgate
