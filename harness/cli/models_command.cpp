#include "harness/cli/models_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <numeric>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/cli/json_output.h"
#include "harness/graph/catalogue.h"

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
  const std::vector<ParamSpec> schema = state_dict_schema(config);
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
    std::vector<std::string> names = model_names();
    if (!model_.empty()) {
      EFFGATE_ASSIGN(const std::string full, resolve_model_name(model_));
      names = {full};
    }
    std::vector<ModelFacts> all;
    for (const std::string& wanted : names) {
      EFFGATE_ASSIGN(ModelFacts facts, facts_of(wanted));
      all.push_back(std::move(facts));
    }
    json_ ? print_models_json(context.console, all) : print_table(context.console, all);
    return ExitCode::done;
  }

 private:
  Result<ExitCode> print_keys(Console& console) const {
    if (model_.empty())
      return Error{ErrorKind::usage, "models --keys: say which network", "effgate models"};
    EFFGATE_ASSIGN(const ModelConfig config, find_model(model_));
    console.out() << canonical_keys(state_dict_schema(config)) << '\n';
    return ExitCode::done;
  }

  static void print_models_json(Console& console, const std::vector<ModelFacts>& all) {
    Json models = Json::array();
    for (const ModelFacts& facts : all) models.push_back(as_json(facts));
    print_json(console, Json{{"schema", "effgate.models/1"}, {"models", models}});
  }

  static void print_table(Console& console, const std::vector<ModelFacts>& all) {
    fmt::print(console.out(), "{:<26} {:>9} {:>6} {:>12}  {}\n", "model", "input", "keys",
               "parameters", "digest");
    for (const ModelFacts& facts : all) {
      fmt::print(console.out(), "{:<26} {:>9} {:>6} {:>12}  {}\n", facts.name,
                 fmt::format("{}x{}", facts.height, facts.width), facts.keys, facts.parameters,
                 facts.digest);
    }
  }

  std::string model_;
  bool json_ = false;
  bool keys_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> models_command() { return std::make_unique<ModelsCommand>(); }

}  // namespace effgate
