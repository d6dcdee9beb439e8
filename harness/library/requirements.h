#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace effgate {

// One Requires-Dist line of a wheel's METADATA.
struct Requirement {
  std::string name;                 // nvidia-cuda-cupti-cu12, cuda-toolkit
  std::vector<std::string> extras;  // cudart, cupti
  std::string version;              // "==12.4.127", as written, without parentheses; or ""
  bool optional = false;            // asked for by an extra of the wheel only

  friend bool operator==(const Requirement&, const Requirement&) = default;
};

std::vector<Requirement> parse_requirements(std::string_view metadata);

// The value of a "Name: VALUE" line in the head of METADATA.
std::optional<std::string> metadata_field(std::string_view metadata, std::string_view field);

// "cuda-toolkit[cudart,cupti]==13.0.2", as pip takes it.
std::string to_string(const Requirement& requirement);

// Those that carry the CUDA runtime: all of NVIDIA's packages.
std::vector<Requirement> cuda_requirements(std::span<const Requirement> all);

// The fewest of these that bring the shared objects named, for example libcupti.so.12: a package
// of its own up to CUDA 12, an extra of the package cuda-toolkit later.
std::vector<Requirement> requirements_for(std::span<const std::string> shared_objects,
                                          std::span<const Requirement> all);

}  // namespace effgate
