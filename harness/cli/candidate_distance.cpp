#include "harness/cli/candidate_distance.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "harness/base/text.h"
#include "harness/cli/network_distance.h"
#include "harness/cli/own_network.h"

namespace effgate {
namespace {

constexpr std::int64_t kSide = 128;  // one cell at the coarsest level of all that are ambiguous

// The models that the file fits, that of `target` first.
std::vector<std::string> candidates_of(const Cause& cause, const std::string& target) {
  std::vector<std::string> models;
  for (const auto& [name, value] : cause.details)
    if (name == "candidates") models = split(value, ',');
  const auto asked = std::ranges::find(models, target);
  if (asked != models.end()) std::rotate(models.begin(), asked, asked + 1);
  return models;
}

std::string text_of(const NetworkDistance& distance) {
  return fmt::format("logits up to {} apart, boxes up to {}, {} % of the detections pair up",
                     rounded_text(distance.largest("class/"), 3),
                     rounded_text(distance.largest("box/"), 3),
                     rounded_text(100 * distance.detections_paired, 3));
}

}  // namespace

Status measure_candidates(const Places& places, const CheckpointArgument& argument, bool ema,
                          Diagnosis& diagnosis) {
  const auto cause = std::ranges::find(diagnosis.causes, CauseCode::arch_ambiguous, &Cause::code);
  if (cause == diagnosis.causes.end() || diagnosis.loads == false) return success();
  const std::vector<std::string> models = candidates_of(*cause, diagnosis.target);
  EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
  NetworkOnFile first;
  first.checkpoint = std::filesystem::absolute(argument.path);
  first.key = argument.key;
  first.ema = ema;
  first.num_classes = own_class_count(argument.path, argument.key);
  for (std::size_t i = 1; i < models.size(); ++i) {
    first.model = models.front();
    NetworkOnFile second = first;
    second.model = models[i];
    const auto distance = network_distance(places, first, second, &stop, kSide);
    if (stop.requested()) return distance.error();
    const std::string pair =
        fmt::format("{} and {}, measured at {}x{}: ", first.model, second.model, kSide, kSide);
    cause->evidence.push_back(pair +
                              (distance.ok() ? text_of(*distance) : distance.error().message));
    if (!distance.ok()) continue;
    cause->details.emplace_back(second.model + ".largest_difference",
                                number_text(distance->largest("")));
    cause->details.emplace_back(second.model + ".detections_paired",
                                number_text(distance->detections_paired));
  }
  return success();
}

}  // namespace effgate
