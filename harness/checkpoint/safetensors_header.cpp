#include "harness/checkpoint/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/checkpoint/findings.h"

namespace effgate {
namespace {

struct TypeName {
  DType dtype;
  std::string_view name;
};
constexpr std::array<TypeName, kDTypeCount> kTypeNames = {{
    {DType::float64, "F64"},
    {DType::float32, "F32"},
    {DType::float16, "F16"},
    {DType::bfloat16, "BF16"},
    {DType::int64, "I64"},
    {DType::int32, "I32"},
    {DType::int16, "I16"},
    {DType::int8, "I8"},
    {DType::uint8, "U8"},
    {DType::boolean, "BOOL"},
    {DType::uint16, "U16"},
    {DType::uint32, "U32"},
    {DType::uint64, "U64"},
    {DType::complex64, "C64"},
    {DType::complex128, "C128"},
    {DType::float8_e4m3fn, "F8_E4M3"},
    {DType::float8_e5m2, "F8_E5M2"},
}};

std::optional<DType> dtype_of(std::string_view name) {
  const auto at = std::ranges::find(kTypeNames, name, &TypeName::name);
  return at == kTypeNames.end() ? std::nullopt : std::optional(at->dtype);
}

// Follows the events of the JSON parser through the few places a header has, so that a large or
// hostile header never becomes a document in memory.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::string problem;

  bool start_object(std::size_t) override {
    if (place_ == Place::start) return go(Place::header);
    if (place_ != Place::header) return refuse("has an object where none belongs");
    if (key_ == "__metadata__") return go(Place::metadata);
    if (header.tensors.size() >= kMostTensors)
      return refuse("describes more tensors than any model");
    header.tensors.emplace_back().name = key_;
    seen_ = {};
    return go(Place::tensor);
  }

  bool end_object() override {
    if (place_ == Place::tensor && !(seen_.dtype && seen_.shape && seen_.offsets))
      return refuse(fmt::format("describes tensor {} in part only", shown(tensor().name)));
    return go(place_ == Place::header ? Place::end : Place::header);
  }

  bool key(std::string& name) override {
    if (place_ == Place::header) {
      name_bytes_ += name.size();
      if (name_bytes_ > kMostNameBytes) return refuse("has names longer than any model's");
      if (!names_.insert(name).second) return refuse(fmt::format("names {} twice", shown(name)));
    }
    key_ = name;
    if (place_ != Place::tensor) return true;
    bool* seen = field(name);
    if (seen == nullptr || *seen)
      return refuse(fmt::format("has a field {} that does not belong there", shown(name)));
    return *seen = true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape") return go(Place::shape);
    if (place_ == Place::tensor && key_ == "data_offsets") {
      offsets_ = 0;
      return go(Place::offsets);
    }
    return refuse("has a list where none belongs");
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2) return refuse("has offsets that are not two");
    return go(Place::tensor);
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) return add_dimension(value);
    if (place_ != Place::offsets || offsets_ >= 2) return refuse("has a number where none belongs");
    (offsets_++ == 0 ? tensor().begin : tensor().end) = value;
    return true;
  }

  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      name_bytes_ += key_.size() + text.size();
      if (name_bytes_ > kMostNameBytes || header.metadata.size() >= kMostTensors)
        return refuse("has more metadata than any model");
      header.metadata.emplace_back(key_, text);
      return true;
    }
    if (place_ != Place::tensor || key_ != "dtype") return refuse("has a text where none belongs");
    tensor().dtype_name = text.substr(0, 100);
    tensor().dtype = dtype_of(text);
    return true;
  }

  bool null() override { return refuse("has a null"); }
  bool boolean(bool) override { return refuse("has a true or false"); }
  bool number_integer(number_integer_t) override { return refuse("has a negative number"); }
  bool number_float(number_float_t, const std::string&) override {
    return refuse("has a number that is no integer");
  }
  bool binary(binary_t&) override { return refuse("has binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse(fmt::format("is no JSON at byte {}", position));
  }

 private:
  enum class Place { start, header, metadata, tensor, shape, offsets, end };
  struct Seen {
    bool dtype = false;
    bool shape = false;
    bool offsets = false;
  };

  static std::string shown(std::string_view name) { return printable_utf8(name.substr(0, 200)); }
  SafetensorsEntry& tensor() { return header.tensors.back(); }

  bool go(Place place) {
    place_ = place;
    return true;
  }
  bool refuse(std::string why) {
    if (problem.empty()) problem = std::move(why);
    return false;
  }
  bool* field(std::string_view name) {
    if (name == "dtype") return &seen_.dtype;
    if (name == "shape") return &seen_.shape;
    return name == "data_offsets" ? &seen_.offsets : nullptr;
  }
  bool add_dimension(std::uint64_t value) {
    if (value > INT64_MAX || tensor().shape.size() >= kMostDimensions)
      return refuse(fmt::format("gives tensor {} an impossible shape", shown(tensor().name)));
    if (++dimensions_ > kMostDimensionsInAll) return refuse("has more dimensions than any model");
    tensor().shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  Place place_ = Place::start;
  std::string key_;
  Seen seen_;
  int offsets_ = 0;
  std::size_t name_bytes_ = 0;
  std::size_t dimensions_ = 0;
  std::unordered_set<std::string> names_;
};

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view json) {
  HeaderHandler handler;
  const bool whole = nlohmann::json::sax_parse(json, &handler);
  if (whole && handler.problem.empty()) return std::move(handler.header);
  return Error{ErrorKind::malformed, "its header " + handler.problem};
}

std::string_view safetensors_name(DType dtype) {
  return std::ranges::find(kTypeNames, dtype, &TypeName::dtype)->name;
}

}  // namespace effgate
