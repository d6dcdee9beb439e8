#include "harness/library/spec.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

LibrarySpec parsed(std::string_view text) {
  auto spec = parse_library_spec(text);
  EXPECT_TRUE(spec.ok()) << text;
  return spec.ok() ? *spec : LibrarySpec{};
}

std::string refusal(std::string_view text) {
  const auto spec = parse_library_spec(text);
  EXPECT_FALSE(spec.ok()) << text;
  if (spec.ok()) return "";
  EXPECT_EQ(spec.error().kind, ErrorKind::usage);
  return spec.error().message;
}

TEST(LibrarySpec, takes_releases_of_torch_and_tensorflow) {
  EXPECT_EQ(parsed("torch==2.6.0").kind, SpecKind::torch);
  EXPECT_EQ(parsed("torch==2.6.0").version, "2.6.0");
  EXPECT_EQ(parsed("torch==2.11.0+cpu").version, "2.11.0+cpu");
  EXPECT_EQ(parsed("tensorflow==2.21.0").kind, SpecKind::tensorflow);
}

TEST(LibrarySpec, takes_files_folders_and_the_system) {
  EXPECT_EQ(parsed("wheel:/a/torch.whl").path, "/a/torch.whl");
  EXPECT_TRUE(parsed("wheel:torch.whl").path.is_absolute());
  EXPECT_EQ(parsed("prefix:/opt/libtorch").kind, SpecKind::prefix);
  EXPECT_EQ(parsed("system").kind, SpecKind::system);
}

TEST(LibrarySpec, takes_a_name_of_ones_own) {
  EXPECT_EQ(parsed("mine=prefix:/opt/libtorch").name, "mine");
  EXPECT_EQ(parsed("mine=torch==2.6.0").version, "2.6.0");
  EXPECT_EQ(parsed("prefix:/opt/a=b").name, "");
  EXPECT_EQ(parsed("prefix:/opt/a=b").path, "/opt/a=b");
  EXPECT_NE(refusal("my name=system").find("'my name' is no name"), std::string::npos);
  EXPECT_NE(refusal("reference=system").find("built in"), std::string::npos);
}

TEST(LibrarySpec, says_what_was_probably_meant) {
  EXPECT_NE(refusal("torch-2.6.0").find("did you mean torch==2.6.0?"), std::string::npos);
  EXPECT_NE(refusal("torch=2.6.0").find("did you mean torch==2.6.0?"), std::string::npos);
  EXPECT_NE(refusal("sytem").find("did you mean system?"), std::string::npos);
  EXPECT_NE(refusal("conda").find("torch==2.6.0, tensorflow==2.21.0, wheel:FILE"),
            std::string::npos);
}

TEST(LibrarySpec, refuses_what_is_no_version_or_no_path) {
  for (const char* text : {"torch==", "torch==newest", "torch==2", "torch==2..0", "torch==2.6.0 -x",
                           "torch==2.6.0+", "wheel:", "prefix:", "systemd"}) {
    refusal(text);
  }
}

TEST(LibrarySpec, is_the_same_again_from_its_canonical_text) {
  for (const char* text : {"torch==2.6.0", "wheel:/a/b.whl", "prefix:/opt/x", "system"}) {
    EXPECT_EQ(canonical_text(parsed(text)), text);
  }
  EXPECT_EQ(canonical_text(parsed("mine=prefix:/opt/x/../y")), "prefix:/opt/y");
}

}  // namespace
}  // namespace effgate
