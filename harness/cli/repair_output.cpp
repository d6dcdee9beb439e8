#include "harness/cli/repair_output.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/cli/json_output.h"

namespace effgate {
namespace {

Json codes_json(const std::vector<Cause>& causes) {
  Json list = Json::array();
  for (const Cause& cause : causes) list.push_back(to_string(cause.code));
  return list;
}

Json steps_json(const std::vector<RepairStep>& steps) {
  Json list = Json::array();
  for (const RepairStep& step : steps) {
    list.push_back(Json{{"cause", to_string(step.cause)},
                        {"fix", to_string(step.fix)},
                        {"lossless", step.lossless},
                        {"summary", step.summary},
                        {"dropped", step.dropped},
                        {"made", step.made}});
  }
  return list;
}

Json proof_json(const RepairProof& proof, const ForwardProof& forward) {
  return Json{{"strict_fit", true},
              {"tensors", proof.tensors},
              {"same_bytes", proof.same_bytes},
              {"same_values", proof.same_values},
              {"made", proof.made},
              {"forward", Json{{"library", "reference"},
                               {"height", forward.height},
                               {"width", forward.width},
                               {"outputs", forward.outputs},
                               {"finite", true},
                               {"largest", forward.largest}}}};
}

void print_names(Console& console, std::string_view what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 6;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i)
    fmt::print(console.out(), "    {} {}\n", what, printable_utf8(names[i]));
  if (names.size() > kShown)
    fmt::print(console.out(), "    {} {} more\n", what, names.size() - kShown);
}

void print_step(Console& console, std::size_t number, const RepairStep& step) {
  fmt::print(console.out(), "{}. {}: {}{}\n", number, to_string(step.cause),
             printable_utf8(step.summary), step.lossless ? "" : " Not lossless.");
  print_names(console, "made", step.made);
  print_names(console, "left out", step.dropped);
}

}  // namespace

void print_repair(Console& console, const RepairedFile& file) {
  const std::vector<RepairStep>& steps = file.repair.steps;
  if (steps.empty())
    fmt::print(console.out(), "Nothing had to be repaired: {} holds the same tensors.\n",
               printable_utf8(file.output));
  for (std::size_t i = 0; i < steps.size(); ++i) print_step(console, i + 1, steps[i]);
  const RepairProof& proof = file.proof;
  fmt::print(console.out(),
             "proved: {} fits {} strictly; {} tensors bit-equal to the source, {} equal in another "
             "dtype, {} made; a forward pass at {}x{} is finite, at most {}\n",
             printable_utf8(file.output), file.model, proof.same_bytes, proof.same_values,
             proof.made, file.forward.height, file.forward.width,
             rounded_text(file.forward.largest, 3));
  for (const Cause& cause : file.repair.remaining)
    fmt::print(console.out(), "remains: {}: {}\n", to_string(cause.code),
               printable_utf8(cause.summary));
}

void print_repair_json(Console& console, const RepairedFile& file) {
  print_json(console, Json{{"schema", "effgate.repair/1"},
                           {"file", file.input},
                           {"model", file.model},
                           {"repaired", true},
                           {"output", file.output},
                           {"lossless", file.repair.lossless()},
                           {"steps", steps_json(file.repair.steps)},
                           {"remaining", codes_json(file.repair.remaining)},
                           {"proof", proof_json(file.proof, file.forward)}});
}

void print_refusal_json(Console& console, const std::string& input, const Diagnosis& diagnosis,
                        const std::string& reason) {
  print_json(console, Json{{"schema", "effgate.repair/1"},
                           {"file", input},
                           {"model", diagnosis.target},
                           {"repaired", false},
                           {"reason", reason},
                           {"causes", codes_json(diagnosis.causes)}});
}

}  // namespace effgate
