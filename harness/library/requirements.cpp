#include "harness/library/requirements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace effgate {
namespace {

// Which package holds which of NVIDIA's libraries, and the extra of cuda-toolkit that names it.
struct Source {
  std::string_view shared_object;
  std::string_view package;
  std::string_view extra;
};
constexpr std::array kSources = {
    Source{"libcudart.so", "nvidia-cuda-runtime", "cudart"},
    Source{"libcupti.so", "nvidia-cuda-cupti", "cupti"},
    Source{"libnvrtc.so", "nvidia-cuda-nvrtc", "nvrtc"},
    Source{"libnvToolsExt.so", "nvidia-nvtx", "nvtx"},
    Source{"libcublas", "nvidia-cublas", "cublas"},
    Source{"libcufft", "nvidia-cufft", "cufft"},
    Source{"libcusparseLt", "nvidia-cusparselt", ""},
    Source{"libcusparse.so", "nvidia-cusparse-", "cusparse"},
    Source{"libcusolver", "nvidia-cusolver", "cusolver"},
    Source{"libcurand", "nvidia-curand", "curand"},
    Source{"libnvJitLink", "nvidia-nvjitlink", "nvjitlink"},
    Source{"libcufile", "nvidia-cufile", "cufile"},
    Source{"libcudnn", "nvidia-cudnn", ""},
    Source{"libnccl", "nvidia-nccl", ""},
    Source{"libnvshmem", "nvidia-nvshmem", ""},
};
constexpr std::string_view kToolkit = "cuda-toolkit";

std::string_view up_to(std::string_view text, std::string_view ends) {
  return text.substr(0, text.find_first_of(ends));
}

// NAME [EXTRA,EXTRA] (VERSION) ; MARKER, with every part but the name optional.
Requirement parse_requirement(std::string_view line) {
  Requirement requirement;
  const std::string_view subject = up_to(line, ";");
  if (subject.size() < line.size()) {
    requirement.optional = line.substr(subject.size()).find("extra ==") != std::string_view::npos;
  }
  std::string_view rest = trim(subject);
  requirement.name = trim(up_to(rest, "[(=<>!~ "));
  rest = trim(rest.substr(up_to(rest, "[(=<>!~ ").size()));
  if (rest.starts_with('[')) {
    const std::string_view extras = up_to(rest.substr(1), "]");
    for (const std::string& extra : split(extras, ','))
      requirement.extras.emplace_back(trim(extra));
    rest = trim(rest.substr(std::min(rest.size(), extras.size() + 2)));
  }
  for (const char c : rest) {
    if (c != '(' && c != ')' && c != ' ') requirement.version += c;
  }
  return requirement;
}

bool has(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

std::vector<Requirement> parse_requirements(std::string_view metadata) {
  constexpr std::string_view kField = "Requires-Dist:";
  std::vector<Requirement> requirements;
  for (const std::string& line : split(metadata, '\n')) {
    if (trim(line).empty()) break;  // the head ends; what follows is a description
    if (line.starts_with(kField)) {
      requirements.push_back(parse_requirement(std::string_view(line).substr(kField.size())));
    }
  }
  return requirements;
}

std::optional<std::string> metadata_field(std::string_view metadata, std::string_view field) {
  for (const std::string& line : split(metadata, '\n')) {
    if (trim(line).empty()) break;
    if (line.starts_with(field) && std::string_view(line).substr(field.size()).starts_with(':')) {
      return std::string(trim(std::string_view(line).substr(field.size() + 1)));
    }
  }
  return std::nullopt;
}

std::string to_string(const Requirement& requirement) {
  const std::string extras =
      requirement.extras.empty() ? "" : fmt::format("[{}]", join(requirement.extras, ","));
  return requirement.name + extras + requirement.version;
}

std::vector<Requirement> cuda_requirements(std::span<const Requirement> all) {
  std::vector<Requirement> found;
  for (const Requirement& requirement : all) {
    const bool of_nvidia = requirement.name.starts_with("nvidia-") || requirement.name == kToolkit;
    if (of_nvidia && !requirement.optional) found.push_back(requirement);
  }
  return found;
}

std::vector<Requirement> requirements_for(std::span<const std::string> shared_objects,
                                          std::span<const Requirement> all) {
  std::vector<Requirement> found;
  for (Requirement requirement : cuda_requirements(all)) {
    std::vector<std::string> extras;
    bool wanted = false;
    for (const std::string& shared_object : shared_objects) {
      for (const Source& source : kSources) {
        if (!shared_object.starts_with(source.shared_object)) continue;
        if (requirement.name == kToolkit && has(requirement.extras, source.extra)) {
          extras.emplace_back(source.extra);
        }
        wanted = wanted || requirement.name.starts_with(source.package);
      }
    }
    if (!wanted && extras.empty()) continue;
    std::sort(extras.begin(), extras.end());
    requirement.extras = extras;
    found.push_back(std::move(requirement));
  }
  return found;
}

}  // namespace effgate
