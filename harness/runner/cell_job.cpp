#include "harness/runner/cell_job.h"

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/matrix/axes.h"

namespace effgate {
namespace {

CellEnvironment settings_of(const Cell& cell) {
  CellEnvironment settings;
  settings.device = cell.device;
  settings.intra_op_threads = static_cast<int>(cell.integer("threads"));
  settings.onednn = cell.flag("onednn");
  settings.tf32 = cell.dtype == "tf32";
  settings.reduced_precision_reduction = cell.axis("precision") == "reduced";
  settings.cudnn_benchmark = cell.flag("cudnn_benchmark");
  settings.deterministic = cell.flag("deterministic");
  settings.channels_last = cell.axis("memory_format") == "channels_last";
  return settings;
}

// What a library may use on a CPU; each library family reads its own variable.
struct InstructionSet {
  std::string_view isa;
  const char* aten;
  const char* onednn;
};
constexpr std::array kInstructionSets = {
    InstructionSet{"baseline", "default", "SSE41"},
    InstructionSet{"avx2", "avx2", "AVX2"},
    InstructionSet{"avx512", "avx512", "AVX512_CORE"},
};

// Read by the libraries; what is inherited changes results or times as well.
constexpr std::array kWatched = {
    "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "OMP_WAIT_POLICY",
    "OMP_NUM_THREADS",     "MKL_NUM_THREADS",    "OMP_PROC_BIND",           "KMP_AFFINITY",
    "LD_PRELOAD",          "LD_LIBRARY_PATH",    "CUDA_VISIBLE_DEVICES",    "NVIDIA_TF32_OVERRIDE",
};

}  // namespace

CellJob job_of(const Cell& cell, const std::filesystem::path& checkpoint, const std::string& input,
               const std::string& adapter) {
  const ImageSize size = image_size(cell.size);
  CellJob job;
  job.cell = cell.name;
  job.checkpoint_path = checkpoint.string();
  job.checkpoint_key = checkpoint_source(cell.checkpoint).key;
  job.ema = cell.flag("ema");
  job.model = cell.model;
  if (cell.axis("num_classes") != "own") job.num_classes = cell.integer("num_classes");
  job.adapter = adapter;
  job.environment = settings_of(cell);
  job.tf32_cell = cell.dtype == "tf32";
  job.dtype = dtype_from_string(cell.dtype).value_or(DType::float32);
  job.height = size.height;
  job.width = size.width;
  job.batch = cell.integer("batch");
  job.input.source = input;
  job.loader = cell.loader;
  job.timing.capture = cell.flag("capture");
  return job;
}

EnvironmentVariables process_environment(const Cell& cell, const std::filesystem::path& fixtures) {
  const std::string& threads = cell.axis("threads");
  EnvironmentVariables variables = {
      {"OMP_WAIT_POLICY", "PASSIVE"},
      {"OMP_NUM_THREADS", threads},
      {"MKL_NUM_THREADS", threads},
      {"EFFGATE_FIXTURES", fixtures.string()},
  };
  for (const InstructionSet& set : kInstructionSets) {
    if (set.isa != cell.axis("isa")) continue;
    variables.emplace_back("ATEN_CPU_CAPABILITY", set.aten);
    variables.emplace_back("ONEDNN_MAX_CPU_ISA", set.onednn);
  }
  return variables;
}

std::string environment_json(const CellEnvironment& settings,
                             const EnvironmentVariables& variables) {
  nlohmann::ordered_json seen = nlohmann::ordered_json::object();
  for (const char* name : kWatched) {
    if (const char* value = std::getenv(name)) seen[name] = value;
  }
  for (const auto& [name, value] : variables) {
    if (name != "EFFGATE_FIXTURES") seen[name] = value;
  }
  const nlohmann::ordered_json document = {
      {"device", settings.device},
      {"intra_op_threads", settings.intra_op_threads},
      {"inter_op_threads", settings.inter_op_threads},
      {"onednn", settings.onednn},
      {"tf32", settings.tf32},
      {"reduced_precision_reduction", settings.reduced_precision_reduction},
      {"cudnn_benchmark", settings.cudnn_benchmark},
      {"deterministic", settings.deterministic},
      {"channels_last", settings.channels_last},
      {"variables", seen}};
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace effgate
