#include "harness/library/requirements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Heads of METADATA as the wheels of 2.6.0 and 2.15.0 have them, shortened.
constexpr std::string_view kOf260 = R"(Metadata-Version: 2.1
Name: torch
Version: 2.6.0
Requires-Dist: filelock
Requires-Dist: nvidia-cuda-nvrtc-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-runtime-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-cupti-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: triton (==3.2.0) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: opt-einsum (>=3.3) ; extra == 'opt-einsum'

Requires-Dist: nvidia-in-the-description (==1)
)";
constexpr std::string_view kOf2150 = R"(Metadata-Version: 2.4
Name: torch
Version: 2.15.0
Requires-Dist: typing-extensions>=4.13.0
Requires-Dist: cuda-toolkit[cublas,cudart,cufft,cufile,cupti,nvrtc]==13.2.2; platform_system == "Linux"
Requires-Dist: cuda-bindings<14,>=13.0.3; platform_system == "Linux" and python_version < "3.15"
Requires-Dist: nvidia-cudnn-cu13==9.26.0.51; platform_system == "Linux"
Requires-Dist: optree>=0.13.0; extra == "optree"
)";

std::vector<std::string> texts(const std::vector<Requirement>& requirements) {
  std::vector<std::string> result;
  for (const Requirement& requirement : requirements) result.push_back(to_string(requirement));
  return result;
}

TEST(Requirements, are_read_in_both_spellings) {
  const auto all = parse_requirements(kOf260);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[1], (Requirement{"nvidia-cuda-nvrtc-cu12", {}, "==12.4.127", false}));
  EXPECT_TRUE(all[5].optional);
  const auto newer = parse_requirements(kOf2150);
  ASSERT_EQ(newer.size(), 5u);
  EXPECT_EQ(newer[1].name, "cuda-toolkit");
  EXPECT_THAT(newer[1].extras,
              ElementsAre("cublas", "cudart", "cufft", "cufile", "cupti", "nvrtc"));
  EXPECT_EQ(newer[2].version, "<14,>=13.0.3");
}

TEST(Requirements, end_where_the_description_begins) {
  EXPECT_EQ(metadata_field(kOf260, "Version"), "2.6.0");
  EXPECT_EQ(metadata_field(kOf260, "Ver"), std::nullopt);
  EXPECT_EQ(metadata_field("Name: x\n\nVersion: 3\n", "Version"), std::nullopt);
}

TEST(Requirements, are_packages_of_their_own_up_to_cuda_12) {
  const std::vector<std::string> needed = {"libcudart.so.12", "libcupti.so.12"};
  EXPECT_THAT(
      texts(requirements_for(needed, parse_requirements(kOf260))),
      ElementsAre("nvidia-cuda-runtime-cu12==12.4.127", "nvidia-cuda-cupti-cu12==12.4.127"));
}

TEST(Requirements, are_extras_of_the_toolkit_from_cuda_13) {
  const std::vector<std::string> needed = {"libcupti.so.13", "libcudart.so.13"};
  EXPECT_THAT(texts(requirements_for(needed, parse_requirements(kOf2150))),
              ElementsAre("cuda-toolkit[cudart,cupti]==13.2.2"));
}

TEST(Requirements, of_nothing_are_none) {
  EXPECT_THAT(requirements_for({}, parse_requirements(kOf260)), IsEmpty());
}

TEST(Requirements, of_cuda_are_all_of_nvidias) {
  EXPECT_THAT(texts(cuda_requirements(parse_requirements(kOf2150))),
              ElementsAre("cuda-toolkit[cublas,cudart,cufft,cufile,cupti,nvrtc]==13.2.2",
                          "nvidia-cudnn-cu13==9.26.0.51"));
}

}  // namespace
}  // namespace effgate
