#include "harness/doctor/message/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/doctor/python_error.h"
namespace effgate {
namespace {

using Json = nlohmann::json;
using Codes = std::set<std::string>;

Codes set_of(const Json& list) { return list.is_null() ? Codes{} : list.get<Codes>(); }

std::string text_of(const Diagnosis& diagnosis) {
  std::string text;
  for (const Cause& cause : diagnosis.causes) {
    text += std::string(to_string(cause.code)) + ": " + cause.summary + "\n";
    for (const auto& [key, value] : cause.details) text += "  " + key + " = " + value + "\n";
  }
  return text + diagnosis.remark;
}

// Whether a cause names one of the networks that `names` allows.
bool names_one_of(const Diagnosis& diagnosis, const std::string& detail, const Codes& names) {
  return std::ranges::any_of(diagnosis.causes, [&](const Cause& cause) {
    return std::ranges::any_of(cause.details, [&](const auto& entry) {
      return entry.first == detail && names.contains(entry.second);
    });
  });
}

void expect_codes(const Json& expect, const Diagnosis& diagnosis) {
  Codes allowed = set_of(expect["codes_all"]);
  allowed.merge(set_of(expect["codes_primary"]));
  allowed.merge(set_of(expect["codes_allowed"]));
  Codes found;
  for (const Cause& cause : diagnosis.causes) found.emplace(to_string(cause.code));
  for (const std::string& code : set_of(expect["codes_all"])) EXPECT_TRUE(found.contains(code));
  for (const Json& group : expect["codes_one_of"]) {
    const Codes one_of = set_of(group);
    EXPECT_TRUE(
        std::ranges::any_of(one_of, [&](const auto& code) { return found.contains(code); }));
    allowed.insert(one_of.begin(), one_of.end());
  }
  for (const std::string& code : found) EXPECT_TRUE(allowed.contains(code)) << code;
  const Codes primary = set_of(expect["codes_primary"]);
  if (primary.empty()) {
    EXPECT_TRUE(diagnosis.causes.empty());
    EXPECT_NE(diagnosis.remark, "");
  } else if (!diagnosis.causes.empty()) {
    EXPECT_TRUE(primary.contains(std::string(to_string(diagnosis.causes.front().code))));
  } else {
    ADD_FAILURE() << "no cause";
  }
}

void expect_messages_of(const std::string& file) {
  std::ifstream lines(std::string(std::getenv("EFFGATE_SOURCE_DIR")) + "/fixtures/messages/" +
                      file);
  std::size_t messages = 0;
  for (std::string line; std::getline(lines, line); ++messages) {
    const Json message = Json::parse(line);
    const Diagnosis diagnosis =
        diagnose_message(message["text"].get<std::string>(), NetworkIndex::instance(), {});
    SCOPED_TRACE(message["id"].get<std::string>() + " " + message["kind"].get<std::string>() +
                 " (" + message["note"].get<std::string>() + ")\n" + text_of(diagnosis));
    const Json& expect = message["expect"];
    expect_codes(expect, diagnosis);
    for (const std::string detail : {"found", "expected"}) {
      const Codes names = set_of(expect[detail]);
      EXPECT_TRUE(names.empty() || names_one_of(diagnosis, detail, names)) << detail;
    }
  }
  EXPECT_GE(messages, 20U);
}

TEST(Message, names_the_causes_of_observed_messages) { expect_messages_of("observed.jsonl"); }

TEST(Message, names_the_causes_of_errors_that_python_was_provoked_to) {
  expect_messages_of("provoked.jsonl");
}

TEST(Message, names_the_causes_of_errors_as_people_quote_them) {
  expect_messages_of("quoted.jsonl");
}

TEST(Message, takes_the_model_that_was_built_from_the_caller) {
  const char* text =
      "Error(s) in loading state_dict for EfficientDet:\n\tsize mismatch for "
      "fpn.resample.3.conv.conv.weight: copying a param with shape torch.Size([64, 320, 1, 1]) "
      "from "
      "checkpoint, the shape in current model is torch.Size([88, 320, 1, 1]).";
  const std::vector<std::pair<std::string, std::string>> built_and_found = {
      {"tf_efficientdet_lite1", "tf_efficientdet_lite0"},
      {"tf_efficientdet_d1", "tf_efficientdet_d0"}};
  for (const auto& [built, found] : built_and_found) {
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), built);
    EXPECT_EQ(diagnosis.target, built);
    EXPECT_NE(diagnosis.find(CauseCode::arch_variant), nullptr);
    EXPECT_TRUE(names_one_of(diagnosis, "expected", {built})) << text_of(diagnosis);
    EXPECT_TRUE(names_one_of(diagnosis, "found", {found})) << text_of(diagnosis);
  }
}

// A size of zylo117's, and two dates: the one at which lite0 had fusion weights, and the one at
// which q1 had the keys and shapes that it has today.
TEST(Message, takes_models_of_another_implementation_or_of_a_date_from_the_caller) {
  struct Case {
    std::string module, built, key, file, model;
  };
  for (const Case& one : {Case{"EfficientDetBackbone", "zylo:tf_efficientdet_d1",
                               "bifpn.0.p5_to_p6.0.conv.weight", "64, 320", "88, 320"},
                          Case{"EfficientDet", "tf_efficientdet_lite0@2020-06",
                               "fpn.resample.3.conv.conv.weight", "88, 320", "64, 320"},
                          Case{"EfficientDet", "efficientdet_q1@2020-12-04",
                               "fpn.resample.3.conv.conv.weight", "64, 320", "88, 320"}}) {
    const std::string text =
        "Error(s) in loading state_dict for " + one.module + ":\n\tsize mismatch for " + one.key +
        ": copying a param with shape torch.Size([" + one.file +
        ", 1, 1]) from checkpoint, the shape in current model is torch.Size([" + one.model +
        ", 1, 1]).";
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), one.built);
    EXPECT_EQ(diagnosis.target, one.built);
    EXPECT_NE(diagnosis.find(CauseCode::arch_variant), nullptr) << text_of(diagnosis);
    EXPECT_TRUE(names_one_of(diagnosis, "expected", {one.built})) << text_of(diagnosis);
  }
}

TEST(Message, says_of_a_load_without_differences_that_it_loaded) {
  const Diagnosis diagnosis = diagnose_message(
      "_IncompatibleKeys(missing_keys=[], unexpected_keys=[])", NetworkIndex::instance(), {});
  EXPECT_TRUE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.loads, true);
  const Diagnosis other =
      diagnose_message("_IncompatibleKeys(missing_keys=[], unexpected_keys=['total_ops'])",
                       NetworkIndex::instance(), {});
  EXPECT_NE(other.find(CauseCode::keys_unexpected), nullptr);
}

std::vector<std::string> codes_of(const std::string& text) {
  std::vector<std::string> codes;
  for (const Cause& cause : diagnose_message(text, NetworkIndex::instance(), {}).causes)
    codes.emplace_back(to_string(cause.code));
  return codes;
}

std::string missing(const std::string& keys) {
  return "RuntimeError: Error(s) in loading state_dict for EfficientDet:\n"
         "\tMissing key(s) in state_dict: " +
         keys + ". \n";
}

TEST(Message, misses_batch_counters_only_where_the_rest_of_the_norm_is_there) {
  const std::string counter = "\"backbone.bn1.num_batches_tracked\"";
  EXPECT_EQ(codes_of(missing(counter)), std::vector<std::string>{"keys.batches_tracked"});
  const std::vector<std::string> whole =
      codes_of(missing("\"backbone.bn1.weight\", \"backbone.bn1.bias\", "
                       "\"backbone.bn1.running_mean\", \"backbone.bn1.running_var\", " +
                       counter));
  EXPECT_FALSE(whole.empty());
  EXPECT_EQ(std::ranges::find(whole, "keys.batches_tracked"), whole.end());
}

// What Python says where the weights of one catalogue name are loaded into another.
std::string python_error_of(const std::string& file, const std::string& model) {
  StoredState state;
  state.tensors = NetworkIndex::instance().find(file)->schema;
  return python_load_error(compare_strictly(state, NetworkIndex::instance().find(model)->schema),
                           "EfficientDet");
}

// Heads and tails of a message, as trackers and terminals cut it.
TEST(Message, names_the_networks_of_a_text_that_was_cut_in_the_middle) {
  for (const auto& [file, model] : {std::pair("tf_efficientdet_d0", "tf_efficientdet_d1"),
                                    std::pair("tf_efficientdet_lite1", "tf_efficientdet_lite0")}) {
    const std::string whole = python_error_of(file, model);
    for (const auto& [head, tail] : {std::pair(300, 500), std::pair(1500, 4000),
                                     std::pair(5000, 1000), std::pair(3000, 0), std::pair(0, 3000)})
      for (const char* mark : {"\n...\n", "\n[...]\n", "\xE2\x80\xA6"}) {
        const std::string cut = whole.substr(0, static_cast<std::size_t>(head)) + mark +
                                whole.substr(whole.size() - static_cast<std::size_t>(tail));
        const Diagnosis diagnosis = diagnose_message(cut, NetworkIndex::instance(), {});
        SCOPED_TRACE(std::string(file) + " " + std::to_string(head) + mark + std::to_string(tail) +
                     " " + text_of(diagnosis));
        ASSERT_EQ(diagnosis.causes.size(), 1U);
        EXPECT_EQ(diagnosis.causes[0].code, CauseCode::arch_variant);
        const auto candidates = diagnosis.candidates;
        EXPECT_TRUE(std::ranges::find(candidates, file, &ModelCandidate::model) !=
                    candidates.end());
      }
  }
}

// They may be there under a prefix or a key, or be another network's: nothing tells.
TEST(Message, says_of_the_first_keys_of_a_model_only_that_they_are_missing) {
  StoredState nothing;
  const std::string whole = python_load_error(
      compare_strictly(nothing, NetworkIndex::instance().find("tf_efficientdet_lite0")->schema),
      "EfficientDet");
  for (const std::size_t length : {400, 1500, 4000}) {
    const Diagnosis diagnosis =
        diagnose_message(whole.substr(0, length), NetworkIndex::instance(), {});
    ASSERT_EQ(diagnosis.causes.size(), 1U) << length << text_of(diagnosis);
    EXPECT_EQ(diagnosis.causes[0].code, CauseCode::keys_missing) << length << text_of(diagnosis);
  }
}

TEST(Message, tells_from_the_tail_of_a_list_whose_names_the_file_has) {
  const std::string zylo =
      "kbone_net.model._bn0.bias\", \"backbone_net.model._blocks.0._bn1.weight\", "
      "\"backbone_net.model._blocks.0._bn1.bias\", \"bifpn.0.p6_w1\". ";
  EXPECT_EQ(codes_of(zylo), std::vector<std::string>{"arch.implementation"});
  const std::string head =
      "Missing key(s) in state_dict: \"backbone.conv_stem.weight\", "
      "\"backbone.bn1.weight\"\n...\n\"";
  EXPECT_EQ(codes_of(head + zylo), std::vector<std::string>{"arch.implementation"});
  EXPECT_EQ(codes_of(head + "bias\", \"backbone.blocks.0.0.bn1.weight\". "),
            std::vector<std::string>{"keys.missing"});
  const std::string wrapped =
      "var\", \"module.box_net.bn_rep.0.1.bn.weight\", \"module.box_net.bn_rep.0.1.bn.bias\", "
      "\"module.box_net.predict.conv_pw.weight\", \"module.box_net.predict.conv_pw.bias\".\n";
  EXPECT_EQ(codes_of(wrapped), std::vector<std::string>{"keys.prefix"});
}

// Names of the model's own may be missing or unexpected; and not every list is one of an error.
TEST(Message, takes_no_cause_from_a_text_that_quotes_names) {
  for (const char* text :
       {"bias\", \"box_net.bn_rep.0.1.bn.weight\", \"box_net.bn_rep.0.1.bn.bias\", "
        "\"box_net.predict.conv_pw.weight\", \"box_net.predict.conv_pw.bias\". ",
        "Rename \"module.backbone.bn1.weight\", \"module.backbone.bn1.bias\", "
        "\"module.backbone.bn1.running_mean\", \"module.backbone.bn1.running_var\".",
        "[\"module.backbone.bn1.weight\", \"module.backbone.bn1.bias\", "
        "\"module.backbone.bn1.running_mean\", \"module.backbone.bn1.running_var\"]",
        "Alice\", \"Bob\", \"Carol\", \"Dave\", \"Eve\".",
        "model.a\", \"model.lr\", \"model.name\", \"model.epochs\"."})
    EXPECT_TRUE(codes_of(text).empty()) << text;
}

std::string unexpected_in_every_stage(const std::string& tensor) {
  std::string text =
      "Error(s) in loading state_dict for EfficientDet:\n\tUnexpected key(s) in state_dict: ";
  for (int stage = 0; stage < 7; ++stage)
    for (const char* module : {".0.conv_dw.", ".0.bn1.", ".0."})
      text += (text.ends_with(' ') ? "\"backbone.blocks." : ", \"backbone.blocks.") +
              std::to_string(stage) + module + tensor + "\"";
  return text + ". ";
}

TEST(Message, tells_what_a_profiler_left_in_every_module_from_layers_of_another_network) {
  const Diagnosis counts =
      diagnose_message(unexpected_in_every_stage("total_ops"), NetworkIndex::instance(), {});
  EXPECT_EQ(counts.causes.size(), 1U);
  EXPECT_NE(counts.find(CauseCode::keys_unexpected), nullptr) << text_of(counts);
  const Diagnosis layers =
      diagnose_message(unexpected_in_every_stage("gate.weight"), NetworkIndex::instance(), {});
  EXPECT_NE(layers.find(CauseCode::arch_variant), nullptr) << text_of(layers);
}

std::string load_error(const std::vector<std::string>& missing,
                       const std::vector<std::string>& unexpected, const std::string& end) {
  const auto list = [&](const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys) text += (text.empty() ? "\"" : ", \"") + key + '"';
    return text + end;
  };
  return "Error(s) in loading state_dict for EfficientDet:\n\tMissing key(s) in state_dict: " +
         list(missing) + "\n\tUnexpected key(s) in state_dict: " + list(unexpected);
}

// torch.compile of the backbone: its tensors are in both lists, the file's with counters.
TEST(Message, sees_wrappers_of_parts_inside_names_in_whole_and_in_cut_lists) {
  const Network& network = *NetworkIndex::instance().find("tf_efficientdet_d0");
  std::vector<std::string> missing, unexpected;
  for (const ParamSpec& tensor : network.schema) {
    const std::string part = "backbone.";
    if (!tensor.name.starts_with(part)) continue;
    if (!tensor.name.ends_with("num_batches_tracked")) missing.push_back(tensor.name);
    unexpected.push_back(part + "_orig_mod." + tensor.name.substr(part.size()));
  }
  const auto causes_of = [](const std::string& text) {
    return diagnose_message(text, NetworkIndex::instance(), {});
  };
  const Diagnosis whole = causes_of(load_error(missing, unexpected, ". "));
  EXPECT_EQ(whole.causes.size(), 1U) << text_of(whole);
  EXPECT_TRUE(names_one_of(whole, "found", {"_orig_mod."})) << text_of(whole);

  unexpected.erase(unexpected.begin());
  const Diagnosis lacking = causes_of(load_error(missing, unexpected, ". "));
  EXPECT_NE(lacking.find(CauseCode::keys_missing), nullptr) << text_of(lacking);

  missing.resize(20);
  unexpected.resize(7);
  const Diagnosis cut = causes_of(load_error(missing, unexpected, ", ..."));
  EXPECT_EQ(cut.causes.size(), 1U) << text_of(cut);
  EXPECT_NE(cut.find(CauseCode::keys_prefix), nullptr) << text_of(cut);
}

TEST(Message, takes_a_prefix_for_the_only_cause_of_one_unexpected_key) {
  EXPECT_EQ(codes_of("KeyError: 'unexpected key \"module.backbone.conv_stem.weight\" in "
                     "state_dict'"),
            std::vector<std::string>{"keys.prefix"});
}

TEST(Message, speaks_of_another_implementation_only_where_a_key_does) {
  const std::string biases = "\"fpn.cell.0.fnode.0.after_combine.conv.conv_pw.bias\"";
  const std::string text =
      "Error(s) in loading state_dict for EfficientDet:\n"
      "\tUnexpected key(s) in state_dict: " +
      biases + ". \n";
  const Diagnosis effdets = diagnose_message(text, NetworkIndex::instance(), "tf_efficientdet_d1");
  EXPECT_EQ(effdets.find(CauseCode::arch_implementation), nullptr) << text_of(effdets);
  const std::string zylos = "\"module.backbone_net.model._conv_stem.conv.weight\"";
  const Diagnosis other =
      diagnose_message(missing("\"backbone.conv_stem.weight\"") +
                           "\tUnexpected key(s) in state_dict: " + zylos + ". \n",
                       NetworkIndex::instance(), {});
  EXPECT_NE(other.find(CauseCode::arch_implementation), nullptr) << text_of(other);
}

TEST(Message, knows_parameters_of_another_type_than_the_input) {
  EXPECT_EQ(codes_of("RuntimeError: mixed dtype (CPU): expect parameter to have scalar type of "
                     "Float"),
            std::vector<std::string>{"dtype.mismatch"});
}

TEST(Message, takes_the_names_and_the_sentences_of_safetensors_errors_for_the_same) {
  struct Case {
    std::string name, sentence, code;
  };
  for (const Case& one :
       {Case{"HeaderTooLarge", "header too large", "file.not_a_checkpoint"},
        Case{"HeaderTooSmall", "header too small", "file.truncated"},
        Case{"InvalidHeaderDeserialization",
             "invalid JSON in header: expected value at line 1 column 7", "file.corrupt"},
        Case{"MetadataIncompleteBuffer", "incomplete metadata, file not fully covered",
             "file.truncated"}})
    for (const std::string& words : {one.name, one.sentence})
      EXPECT_EQ(
          codes_of("safetensors_rust.SafetensorError: Error while deserializing header: " + words),
          std::vector<std::string>{one.code})
          << words;
  EXPECT_TRUE(codes_of("HTTP 431: request header too large").empty());
}

TEST(Message, looks_for_a_state_dict_under_a_missing_key_only_where_one_may_lie_there) {
  for (const char* key : {"state_dict", "model", "ema"})
    EXPECT_EQ(codes_of(std::string("KeyError: '") + key + "'"),
              std::vector<std::string>{"keys.nested"});
  for (const char* key : {"optimizer", "epoch", "pytorch-lightning_version"})
    EXPECT_TRUE(codes_of(std::string("KeyError: '") + key + "'").empty()) << key;
}

TEST(Message, accuses_no_file_where_a_dictionary_is_loaded_again) {
  EXPECT_TRUE(codes_of("AttributeError: 'dict' object has no attribute 'seek'. You can only "
                       "torch.load from a file that is seekable.")
                  .empty());
  EXPECT_EQ(codes_of("AttributeError: 'dict' object has no attribute 'eval'"),
            std::vector<std::string>{"file.whole_module"});
}

TEST(Message, tells_dtypes_that_differ_from_a_calculation_that_cannot_be_stored) {
  EXPECT_TRUE(codes_of("RuntimeError: result type Float can't be cast to the desired output type "
                       "Long")
                  .empty());
  EXPECT_EQ(codes_of("RuntimeError: expected scalar type Long but found Float"),
            std::vector<std::string>{"dtype.mismatch"});
}

TEST(Message, tells_a_newer_pickle_protocol_from_a_function_that_torch_does_not_have) {
  const auto summary_of = [](const std::string& text) {
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), {});
    const Cause* cause = diagnosis.find(CauseCode::env_format_version);
    return cause == nullptr ? std::string() : cause->summary;
  };
  EXPECT_NE(summary_of("ValueError: unsupported pickle protocol: 5").find("pickle protocol"),
            std::string::npos);
  EXPECT_NE(summary_of("AttributeError: Can't get attribute '_rebuild_tensor_v3' on <module "
                       "'torch._utils'>")
                .find("function"),
            std::string::npos);
}

TEST(Message, takes_a_page_or_a_pointer_in_place_of_an_error_for_what_the_file_holds) {
  for (const char* text :
       {"<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head>",
        "\n  <HTML><BODY>403 Forbidden: Permission denied</BODY></HTML>\n",
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error>",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 15804843\n"}) {
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), {});
    ASSERT_EQ(diagnosis.causes.size(), 1U) << text;
    EXPECT_EQ(diagnosis.causes[0].code, CauseCode::file_not_a_checkpoint) << text;
    EXPECT_EQ(diagnosis.causes[0].fix.kind, FixKind::redownload);
    EXPECT_EQ(diagnosis.loads, false);
  }
}

TEST(Message, reads_the_error_that_a_page_quotes_and_accuses_no_text_that_speaks_of_pages) {
  EXPECT_EQ(codes_of("<html><body><pre>RuntimeError: unexpected EOF, expected 7 more bytes."),
            std::vector<std::string>{"file.truncated"});
  EXPECT_EQ(codes_of("<!DOCTYPE html><p>" + missing("\"backbone.bn1.num_batches_tracked\"")),
            std::vector<std::string>{"keys.batches_tracked"});
  EXPECT_TRUE(codes_of("the report is written to page.html, which begins with <html").empty());
  EXPECT_TRUE(codes_of("git-lfs/3.3.0: Downloading LFS objects: 100% (3/3), 61 MB").empty());
}

// Text that a parser might do again and again, and bytes that are no text.
TEST(Message, ends_on_megabytes_of_anything) {
  const std::vector<std::string> pieces = {std::string(1, '\0'),
                                           "\x1b[",
                                           "&amp;",
                                           "\\n",
                                           "> ",
                                           "\"",
                                           "\"a\", ",
                                           "[",
                                           "..",
                                           "size mismatch for ",
                                           "\"a.b\", ... ",
                                           "\xFF\xFE",
                                           "Weights only load failed ",
                                           "missing_keys=['",
                                           "2026-01-01 - "};
  for (const std::string& piece : pieces) {
    std::string text = "Missing key(s) in state_dict: ";
    while (text.size() < (1U << 20U)) text += piece;
    text += " Unexpected key(s) in state_dict: \"x\". ";
    EXPECT_LE(diagnose_message(text, NetworkIndex::instance(), {}).causes.size(), 8U);
  }
}

TEST(Message, survives_every_cut) {
  std::ifstream lines(std::string(std::getenv("EFFGATE_SOURCE_DIR")) +
                      "/fixtures/messages/observed.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const std::string text = Json::parse(line)["text"];
    constexpr std::size_t kCuts = 4;
    for (std::size_t cut = 1; cut < kCuts; ++cut) {
      const std::string part = text.substr(text.size() * cut / kCuts);
      const Diagnosis diagnosis = diagnose_message(part, NetworkIndex::instance(), {});
      EXPECT_TRUE(!diagnosis.causes.empty() || !diagnosis.remark.empty());
    }
  }
}

TEST(Message, says_what_it_would_need_where_a_text_is_no_error) {
  for (const char* text : {"", "hello", "Traceback (most recent call last):"}) {
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), {});
    EXPECT_TRUE(diagnosis.causes.empty());
    EXPECT_FALSE(diagnosis.loads.has_value());
    EXPECT_NE(diagnosis.remark, "");
  }
}

}  // namespace
}  // namespace effgate
