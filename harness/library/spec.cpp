#include "harness/library/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "harness/base/text.h"

namespace effgate {
namespace {

struct Form {
  std::string_view start;
  SpecKind kind;
  std::string_view example;
};

constexpr std::array kForms = {
    Form{"torch==", SpecKind::torch, "torch==2.6.0"},
    Form{"tensorflow==", SpecKind::tensorflow, "tensorflow==2.21.0"},
    Form{"wheel:", SpecKind::wheel, "wheel:FILE"},
    Form{"prefix:", SpecKind::prefix, "prefix:PATH"},
    Form{"system", SpecKind::system, "system"},
};

Error usage(std::string_view text, std::string_view why) {
  return Error{ErrorKind::usage, fmt::format("library {}: {}", shell_quoted(text), why)};
}

// "torch-2.6.0" and "torch=2.6.0" are what people type who mean torch==2.6.0.
Error no_such_form(std::string_view text) {
  for (const std::string_view package : {"tensorflow", "torch"}) {
    if (!lower(text).starts_with(package)) continue;
    std::string_view version = text.substr(package.size());
    while (!version.empty() && std::isdigit(static_cast<unsigned char>(version[0])) == 0) {
      version.remove_prefix(1);
    }
    if (!version.empty()) {
      return usage(text, fmt::format("not understood, did you mean {}=={}?", package, version));
    }
  }
  std::vector<std::string> forms;
  for (const Form& form : kForms) forms.emplace_back(form.example);
  return usage(text, fmt::format("not understood{}; it must be one of {}",
                                 did_you_mean(text, forms), join(forms, ", ")));
}

// Digits in groups with dots between, and what a local version may add: 2.6.0, 2.11.0+cpu.
bool is_version(std::string_view text) {
  const std::string_view numbers = text.substr(0, text.find('+'));
  const auto groups = split(numbers, '.');
  const bool numeric = std::all_of(groups.begin(), groups.end(), [](const std::string& group) {
    return !group.empty() && group.size() < 6 &&
           group.find_first_not_of("0123456789") == std::string::npos;
  });
  return numeric && groups.size() >= 2 && groups.size() <= 4 &&
         (numbers.size() == text.size() || is_valid_library_name(text.substr(numbers.size() + 1)));
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '+' ||
         c == '-';
}

Status set_subject(LibrarySpec& spec, std::string_view subject) {
  if (spec.kind == SpecKind::system) {
    return subject.empty() ? success() : Status(no_such_form(spec.text));
  }
  if (spec.kind == SpecKind::torch || spec.kind == SpecKind::tensorflow) {
    if (!is_version(subject)) {
      return usage(spec.text, fmt::format("'{}' is no version such as 2.6.0", subject));
    }
    spec.version = subject;
    return success();
  }
  if (subject.empty()) return usage(spec.text, "a path must follow the colon");
  spec.path = std::filesystem::absolute(subject).lexically_normal();
  return success();
}

}  // namespace

bool is_valid_library_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 &&
         std::isalnum(static_cast<unsigned char>(name[0])) != 0 &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

std::string canonical_text(const LibrarySpec& spec) {
  for (const Form& form : kForms) {
    if (form.kind != spec.kind) continue;
    return std::string(form.start) + (spec.path.empty() ? spec.version : spec.path.string());
  }
  return spec.text;
}

Result<LibrarySpec> parse_library_spec(std::string_view text) {
  LibrarySpec spec;
  spec.text = text;
  std::string_view rest = text;
  // NAME= comes before the form; in torch==2.6.0 the first = is followed by another.
  if (const std::size_t equals = text.find('='); equals != std::string_view::npos &&
                                                 !text.substr(equals).starts_with("==") &&
                                                 text.find(':') > equals) {
    spec.name = text.substr(0, equals);
    rest = text.substr(equals + 1);
  }
  const auto form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& candidate) {
    return rest.starts_with(candidate.start);
  });
  if (form == kForms.end()) return no_such_form(text);
  if (rest.size() != text.size() && !is_valid_library_name(spec.name)) {
    return usage(text, fmt::format("'{}' is no name: letters, digits and . _ + -", spec.name));
  }
  if (spec.name == "reference") return usage(text, "reference is built in; give another name");
  spec.kind = form->kind;
  EFFGATE_TRY(set_subject(spec, rest.substr(form->start.size())));
  return spec;
}

}  // namespace effgate
