#include "harness/cell/protocol.h"

#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace effgate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<JobKind, std::string_view>, 4> kJobKinds = {{
    {JobKind::measure, "measure"},
    {JobKind::forward, "forward"},
    {JobKind::truth, "truth"},
    {JobKind::make_recipe, "make_recipe"},
}};

// --- the members of each type, once for writing and reading --------------------------------------

template <typename Visitor>
void visit_members(Visitor& visit, ScaledPicture& picture) {
  visit("width", picture.width);
  visit("height", picture.height);
  visit("scale", picture.scale);
  visit("scale_y", picture.scale_y);
}

template <typename Visitor>
void visit_members(Visitor& visit, InputSpec& input) {
  visit("source", input.source);
  visit("picture", input.picture);
}

template <typename Visitor>
void visit_members(Visitor& visit, CellEnvironment& environment) {
  visit("device", environment.device);
  visit("intra_op_threads", environment.intra_op_threads);
  visit("inter_op_threads", environment.inter_op_threads);
  visit("onednn", environment.onednn);
  visit("tf32", environment.tf32);
  visit("reduced_precision_reduction", environment.reduced_precision_reduction);
  visit("cudnn_benchmark", environment.cudnn_benchmark);
  visit("deterministic", environment.deterministic);
  visit("channels_last", environment.channels_last);
}

template <typename Visitor>
void visit_members(Visitor& visit, TimingPlan& plan) {
  visit("warm_up", plan.warm_up);
  visit("samples", plan.samples);
  visit("restart", plan.restart);
  visit("capture", plan.capture);
}

template <typename Visitor>
void visit_members(Visitor& visit, CellJob& job) {
  visit("kind", job.kind);
  visit("cell", job.cell);
  visit("checkpoint_path", job.checkpoint_path);
  visit("checkpoint_key", job.checkpoint_key);
  visit("ema", job.ema);
  visit("model", job.model);
  visit("num_classes", job.num_classes);
  visit("adapter", job.adapter);
  visit("environment", job.environment);
  visit("dtype", job.dtype);
  visit("tf32_cell", job.tf32_cell);
  visit("height", job.height);
  visit("width", job.width);
  visit("batch", job.batch);
  visit("input", job.input);
  visit("loader", job.loader);
  visit("drift", job.drift);
  visit("time", job.time);
  visit("truth_path", job.truth_path);
  visit("timing", job.timing);
  visit("repeats", job.repeats);
  visit("output_path", job.output_path);
  visit("detections", job.detections);
  visit("soft_nms", job.soft_nms);
  visit("taps", job.taps);
  visit("memory_bytes", job.memory_bytes);
}

template <typename Visitor>
void visit_members(Visitor& visit, IdentityRecord& record) {
  visit("library", record.library);
  visit("version", record.version);
  visit("header_version", record.header_version);
  visit("path", record.path);
  visit("build_config", record.build_config);
  visit("loaded_paths", record.loaded_paths);
}

template <typename Visitor>
void visit_members(Visitor& visit, LoadRecord& record) {
  visit("seconds", record.seconds);
  visit("container", record.container);
  visit("writer", record.writer);
  visit("wrappers", record.wrappers);
  visit("tensors", record.tensors);
  visit("missing", record.missing);
  visit("unexpected", record.unexpected);
  visit("mismatched", record.mismatched);
  visit("examples", record.examples);
}

template <typename Visitor>
void visit_members(Visitor& visit, DriftMeasure& record) {
  visit("tap", record.tap);
  visit("metric", record.metric);
  visit("value", record.value);
}

template <typename Visitor>
void visit_members(Visitor& visit, FingerprintRecord& record) {
  visit("tap", record.tap);
  visit("xxh64", record.xxh64);
}

template <typename Visitor>
void visit_members(Visitor& visit, TimingSample& record) {
  visit("phase", record.phase);
  visit("restart", record.restart);
  visit("sample", record.sample);
  visit("seconds", record.seconds);
  visit("device_seconds", record.device_seconds);
}

template <typename Visitor>
void visit_members(Visitor& visit, EndRecord& record) {
  visit("status", record.status);
  visit("reason", record.reason);
  visit("message", record.message);
  visit("peak_device_bytes", record.peak_device_bytes);
}

template <typename Visitor>
void visit_members(Visitor& visit, ServeRequest& request) {
  visit("id", request.id);
  visit("job_path", request.job_path);
  visit("result_path", request.result_path);
  visit("stderr_path", request.stderr_path);
}

template <typename Visitor>
void visit_members(Visitor& visit, ServeEvent& event) {
  visit("id", event.id);
  visit("what", event.what);
  visit("pid", event.pid);
  visit("wait_status", event.wait_status);
  visit("max_rss_bytes", event.max_rss_bytes);
  visit("message", event.message);
}

// The alternatives of CellRecordLine by the word under "record".
constexpr std::array<std::string_view, std::variant_size_v<CellRecordLine>> kRecordNames = {
    "identity", "load", "drift", "fingerprint", "timing", "end"};

// --- writing ------------------------------------------------------------------------------------

template <typename T>
Json encode_members(const T& value);

Json encode(const std::string& value) { return value; }
Json encode(bool value) { return value; }
Json encode(int value) { return value; }
Json encode(std::int64_t value) { return value; }
Json encode(std::uint64_t value) { return value; }
Json encode(const std::vector<std::string>& value) { return value; }
Json encode(DType value) { return to_string(value); }
Json encode(JobKind kind) { return kJobKinds[static_cast<std::size_t>(kind)].second; }

// JSON has no infinity and no NaN: they are the strings "inf", "-inf" and "nan".
Json encode(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

template <typename T>
  requires std::is_class_v<T>
Json encode(const T& value) {
  return encode_members(value);
}

template <typename T>
Json encode(const std::optional<T>& value) {
  return value ? encode(*value) : Json(nullptr);
}

struct MemberWriter {
  Json& object;
  template <typename T>
  void operator()(const char* name, const T& value) {
    object[name] = encode(value);
  }
};

template <typename T>
Json encode_members(const T& value) {
  Json object = Json::object();
  MemberWriter writer{object};
  T copy = value;
  visit_members(writer, copy);
  return object;
}

std::string line_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// --- reading ------------------------------------------------------------------------------------

// What is wrong with a JSON value as a sentence's end, or "".
using Complaint = std::string;

template <typename T>
Complaint decode_members(const Json& object, T& value, std::size_t further_members = 0);

Complaint decode(const Json& json, std::string& value) {
  if (!json.is_string()) return "is no text";
  value = json.get<std::string>();
  return {};
}

Complaint decode(const Json& json, bool& value) {
  if (!json.is_boolean()) return "is neither true nor false";
  value = json.get<bool>();
  return {};
}

template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
Complaint decode(const Json& json, T& value) {
  if (!json.is_number_integer()) return "is no integer";
  const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                              : std::in_range<T>(json.get<std::int64_t>());
  if (!fits) return "is out of range";
  value = json.get<T>();
  return {};
}

Complaint decode(const Json& json, double& value) {
  static const std::map<std::string, double> words = {
      {"nan", std::numeric_limits<double>::quiet_NaN()},
      {"inf", std::numeric_limits<double>::infinity()},
      {"-inf", -std::numeric_limits<double>::infinity()}};
  if (json.is_string()) {
    const auto word = words.find(json.get<std::string>());
    if (word == words.end()) return "is no number";
    value = word->second;
    return {};
  }
  if (!json.is_number()) return "is no number";
  value = json.get<double>();
  return {};
}

Complaint decode(const Json& json, std::vector<std::string>& value) {
  if (!json.is_array()) return "is no list";
  value.clear();
  for (const Json& element : json) {
    if (!element.is_string()) return "holds something that is no text";
    value.push_back(element.get<std::string>());
  }
  return {};
}

Complaint decode(const Json& json, DType& value) {
  const auto dtype = json.is_string() ? dtype_from_string(json.get<std::string>()) : std::nullopt;
  if (!dtype) return "is no dtype";
  value = *dtype;
  return {};
}

Complaint decode(const Json& json, JobKind& value) {
  for (const auto& [kind, name] : kJobKinds) {
    if (!json.is_string() || json.get<std::string>() != name) continue;
    value = kind;
    return {};
  }
  return "is no kind of job";
}

template <typename T>
  requires std::is_class_v<T>
Complaint decode(const Json& json, T& value) {
  return decode_members(json, value);
}

template <typename T>
Complaint decode(const Json& json, std::optional<T>& value) {
  value.reset();
  if (json.is_null()) return {};
  return decode(json, value.emplace());
}

struct MemberReader {
  const Json& object;
  std::size_t members = 0;
  Complaint complaint = {};

  template <typename T>
  void operator()(const char* name, T& value) {
    ++members;
    if (!complaint.empty()) return;
    const auto member = object.find(name);
    if (member == object.end()) {
      complaint = "lacks \"" + std::string(name) + "\"";
      return;
    }
    const Complaint inner = decode(*member, value);
    if (!inner.empty()) complaint = "\"" + std::string(name) + "\" " + inner;
  }
};

// Every member must be there; `further_members` says how many others the object may have.
template <typename T>
Complaint decode_members(const Json& object, T& value, std::size_t further_members) {
  if (!object.is_object()) return "is no object";
  MemberReader reader{object};
  visit_members(reader, value);
  if (!reader.complaint.empty()) return reader.complaint;
  if (object.size() != reader.members + further_members) return "has an unknown key";
  return {};
}

Error malformed(std::string_view what, const Complaint& complaint) {
  return Error{ErrorKind::malformed, "reading a " + std::string(what) + ": " + complaint};
}

// Lines are ours, but come through files that a dying cell may have torn: no exception, no depth.
Json parse_json(std::string_view line) {
  constexpr int kMaxDepth = 8;
  const auto refuse_depth = [](int depth, Json::parse_event_t, Json&) {
    return depth <= kMaxDepth;
  };
  return Json::parse(line, refuse_depth, false);
}

template <typename T>
Result<T> parse_as(std::string_view line, std::string_view what) {
  const Json json = parse_json(line);
  if (json.is_discarded()) return malformed(what, "it is no JSON");
  T value;
  const Complaint complaint = decode_members(json, value);
  if (!complaint.empty()) return malformed(what, "it " + complaint);
  return value;
}

template <std::size_t Index = 0>
Result<CellRecordLine> parse_named_record(const Json& json, std::string_view name) {
  if constexpr (Index == kRecordNames.size()) {
    return malformed("record", "it is of an unknown kind");
  } else {
    if (name != kRecordNames[Index]) return parse_named_record<Index + 1>(json, name);
    std::variant_alternative_t<Index, CellRecordLine> record;
    const Complaint complaint = decode_members(json, record, 1);
    if (!complaint.empty()) return malformed("record", "it " + complaint);
    return CellRecordLine(std::move(record));
  }
}

}  // namespace

std::string to_json_line(const CellJob& job) { return line_of(encode(job)); }
std::string to_json_line(const ServeRequest& request) { return line_of(encode(request)); }
std::string to_json_line(const ServeEvent& event) { return line_of(encode(event)); }

std::string to_json_line(const CellRecordLine& record) {
  Json object = {{"record", kRecordNames[record.index()]}};
  object.update(std::visit([](const auto& value) { return encode(value); }, record));
  return line_of(object);
}

Result<CellJob> parse_job(std::string_view line) { return parse_as<CellJob>(line, "job"); }

Result<ServeRequest> parse_serve_request(std::string_view line) {
  return parse_as<ServeRequest>(line, "serve request");
}

Result<ServeEvent> parse_serve_event(std::string_view line) {
  return parse_as<ServeEvent>(line, "serve event");
}

Result<CellRecordLine> parse_record(std::string_view line) {
  const Json json = parse_json(line);
  if (!json.is_object()) return malformed("record", "it is no JSON object");
  const auto name = json.find("record");
  if (name == json.end() || !name->is_string()) return malformed("record", "it lacks \"record\"");
  return parse_named_record(json, name->get<std::string>());
}

std::vector<CellRecordLine> whole_records(std::string_view content) {
  std::vector<CellRecordLine> records;
  for (;;) {
    const std::size_t end = content.find('\n');
    if (end == std::string_view::npos) return records;
    Result<CellRecordLine> record = parse_record(content.substr(0, end));
    if (!record.ok()) return records;
    records.push_back(*std::move(record));
    content.remove_prefix(end + 1);
  }
}

}  // namespace effgate
