#include "harness/doctor/message/message.h"

#include "harness/doctor/message/known_phrases.h"
#include "harness/doctor/message/load_error.h"
#include "harness/doctor/message/load_error_causes.h"
#include "harness/doctor/message/message_text.h"

namespace effgate {
namespace {

using std::string_view;

constexpr string_view kNeeds =
    "Nothing here is known to be an error of loading or running a checkpoint. Needed is the text "
    "of "
    "the exception, the last lines of the traceback: \"Error(s) in loading state_dict for ...\" "
    "with "
    "its keys, or what torch.load raised.";
constexpr string_view kNeedsKeys =
    "This is an error of load_state_dict without its keys. Needed are the lines behind it: missing "
    "and unexpected keys, and size mismatches.";
constexpr string_view kAllMatched = "Every key matched: the state dict was loaded.";

bool has_evidence(const LoadError& error) {
  return !error.missing.keys.empty() || !error.unexpected.keys.empty() || !error.mismatched.empty();
}

// Whether keys that may be missing ones are written or wrapped as the model's would not be. Where
// they are all that a text has, they must be some network's.
bool tells_whose_keys_they_are(const Diagnosis& diagnosis) {
  const bool of_an_error = !diagnosis.missing.empty() || !diagnosis.candidates.empty();
  return of_an_error && (diagnosis.find(CauseCode::keys_prefix) != nullptr ||
                         diagnosis.find(CauseCode::arch_implementation) != nullptr);
}

std::optional<Diagnosis> diagnose_evidence(LoadError error, const NetworkIndex& networks,
                                           const std::optional<std::string>& model) {
  if (error.untitled) {
    Diagnosis found = diagnose_load_error(error, networks, model);
    if (tells_whose_keys_they_are(found)) return found;
    error.unexpected = {};
  }
  if (!has_evidence(error)) return std::nullopt;
  return diagnose_load_error(error, networks, model);
}

// The words around an error's phrase, as evidence; whole ones, except at the end.
std::string surroundings(string_view text, string_view phrase) {
  constexpr std::size_t kBefore = 60, kLength = 240;
  const std::size_t at = text.find(phrase);
  if (at == string_view::npos || at <= kBefore) return std::string(text.substr(0, kLength));
  const std::size_t space = text.find(' ', at - kBefore);
  return std::string(text.substr(space < at ? space + 1 : at, kLength));
}

void add_known_error(const KnownPhrase& phrase, string_view text, Diagnosis& diagnosis) {
  const KnownError& error = *phrase.error;
  if (!error.code) {
    diagnosis.remark = error.summary;
    return;
  }
  for (const auto& code : {error.code, error.further}) {
    if (!code) continue;
    diagnosis.causes.push_back({.code = *code,
                                .confidence = 0.9,
                                .summary = std::string(error.summary),
                                .evidence = {surroundings(text, phrase.words[0])},
                                .details = {},
                                .fix = {error.fix, std::string(error.command), std::nullopt}});
  }
  if (is_about_the_file(*error.code)) diagnosis.loads = false;
  sort_causes(diagnosis.causes);
}

}  // namespace

Diagnosis diagnose_message(string_view text, const NetworkIndex& networks,
                           const std::optional<std::string>& model) {
  const std::string plain = plain_message(text);
  const std::string line = one_line(plain);
  const auto error = parse_load_error(line);
  if (error) {
    if (auto found = diagnose_evidence(*error, networks, model)) return *std::move(found);
  }
  Diagnosis diagnosis;
  diagnosis.target = model.value_or("");
  if (const KnownPhrase* phrase = find_known_phrase(line)) {
    add_known_error(*phrase, line, diagnosis);
  } else if (error && error->missing.complete && error->unexpected.complete) {
    diagnosis.loads = true;
    diagnosis.remark = kAllMatched;
  } else {
    const bool of_loading = line.find("in loading state_dict for") != std::string::npos;
    diagnosis.remark = of_loading ? kNeedsKeys : kNeeds;
  }
  return diagnosis;
}

}  // namespace effgate
