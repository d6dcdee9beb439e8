#include "harness/cli/commands/models_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <numeric>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/cli/json_output.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/layout/own_schema.h"

namespace effgate {
namespace {

std::int64_t element_count(const ParamSpec& param) {
  return std::accumulate(param.shape.begin(), param.shape.end(), std::int64_t{1},
                         std::multiplies<>());
}

bool is_buffer(const ParamSpec& param) {
  return param.name.ends_with(".running_mean") || param.name.ends_with(".running_var") ||
         param.name.ends_with(".num_batches_tracked");
}

struct ModelFacts {
  std::string name;
  std::int64_t height = 0, width = 0;
  std::size_t keys = 0;
  std::int64_t parameters = 0;  // trainable ones: BatchNorm statistics are left out
  std::string digest;           // first 16 hexadecimal digits of SHA-256 over the canonical keys
};

Result<ModelFacts> facts_of(const std::string& name) {
  EFFGATE_ASSIGN(const ModelConfig config, find_model(name));
  const std::vector<ParamSpec> schema = own_schema(config);
  ModelFacts facts{config.name,
                   config.height,
                   config.width,
                   schema.size(),
                   0,
                   sha256_hex(canonical_keys(schema)).substr(0, 16)};
  for (const ParamSpec& param : schema)
    if (!is_buffer(param)) facts.parameters += element_count(param);
  return facts;
}

Result<std::vector<ModelFacts>> facts_of(const std::vector<std::string>& names) {
  std::vector<ModelFacts> all;
  for (const std::string& name : names) {
    EFFGATE_ASSIGN(ModelFacts facts, facts_of(name));
    all.push_back(std::move(facts));
  }
  return all;
}

std::vector<std::string> names_of_other_implementations() {
  std::vector<std::string> names;
  for (const Implementation other : {Implementation::zylo, Implementation::mmdet}) {
    for (const std::string& name : model_names_of(other)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> dated_names() {
  std::vector<std::string> names;
  for (const DatedModel& dated : dated_models()) names.emplace_back(dated.name);
  return names;
}

// What the catalogue says beside today's networks of effdet.
struct Catalogue {
  std::vector<ModelFacts> models, implementations, history;  // history as dated_models()
};

Json as_json(const ModelFacts& facts) {
  return Json{{"name", facts.name}, {"height", facts.height},         {"width", facts.width},
              {"keys", facts.keys}, {"parameters", facts.parameters}, {"digest", facts.digest}};
}

class ModelsCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "models"; }
  std::string_view help() const override { return "The networks effgate knows"; }

  void declare(CLI::App& app) override {
    app.add_option("NAME", model_, "One network, in full or short: tf_efficientdet_d0, d0, lite0");
    app.add_flag("--json", json_, "One JSON document");
    app.add_flag("--keys", keys_, "The state dict's lines name|dims|dtype, sorted");
  }

  Result<ExitCode> run(const Context& context) override {
    if (keys_) return print_keys(context.console);
    Catalogue catalogue;
    if (model_.empty()) {
      EFFGATE_ASSIGN(catalogue.models, facts_of(model_names()));
      EFFGATE_ASSIGN(catalogue.implementations, facts_of(names_of_other_implementations()));
      EFFGATE_ASSIGN(catalogue.history, facts_of(dated_names()));
    } else {
      EFFGATE_ASSIGN(ModelFacts facts, facts_of(model_));
      catalogue.models.push_back(std::move(facts));
    }
    json_ ? print_as_json(context.console, catalogue) : print(context.console, catalogue);
    return ExitCode::done;
  }

 private:
  Result<ExitCode> print_keys(Console& console) const {
    if (model_.empty())
      return Error{ErrorKind::usage, "models --keys: say which network", "effgate models"};
    EFFGATE_ASSIGN(const ModelConfig config, find_model(model_));
    console.out() << canonical_keys(own_schema(config)) << '\n';
    return ExitCode::done;
  }

  static Json as_json(const std::vector<ModelFacts>& all) {
    Json list = Json::array();
    for (const ModelFacts& facts : all) list.push_back(effgate::as_json(facts));
    return list;
  }

  static void print_as_json(Console& console, const Catalogue& catalogue) {
    Json history = as_json(catalogue.history);
    for (std::size_t i = 0; i < history.size(); ++i) {
      history[i]["until"] = dated_models()[i].until;
      history[i]["changed"] = dated_models()[i].changed;
    }
    print_json(console, Json{{"schema", "effgate.models/1"},
                             {"models", as_json(catalogue.models)},
                             {"implementations", as_json(catalogue.implementations)},
                             {"history", history}});
  }

  static void print_rows(Console& console, const std::vector<ModelFacts>& all) {
    for (const ModelFacts& facts : all) {
      fmt::print(console.out(), "{:<34} {:>9} {:>6} {:>12}  {}\n", facts.name,
                 fmt::format("{}x{}", facts.height, facts.width), facts.keys, facts.parameters,
                 facts.digest);
    }
  }

  static void print(Console& console, const Catalogue& catalogue) {
    fmt::print(console.out(), "{:<34} {:>9} {:>6} {:>12}  {}\n", "model", "input", "keys",
               "parameters", "digest");
    print_rows(console, catalogue.models);
    if (catalogue.implementations.empty()) return;
    console.out() << "\nas other implementations compute them\n";
    print_rows(console, catalogue.implementations);
    console.out() << "\nwhat names meant before\n";
    print_rows(console, catalogue.history);
    console.out() << '\n';
    for (const DatedModel& dated : dated_models()) {
      fmt::print(console.out(), "{}, until {}: {}\n", dated.name, dated.until, dated.changed);
    }
  }

  std::string model_;
  bool json_ = false;
  bool keys_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> models_command() { return std::make_unique<ModelsCommand>(); }

}  // namespace effgate
