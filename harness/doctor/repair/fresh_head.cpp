#include "harness/doctor/repair/fresh_head.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <string_view>

namespace effgate {
namespace {

constexpr double kPrior = 0.01;           // of an object, before training
constexpr double kDenseDeviation = 0.01;  // of non-separable convolutions in the heads
constexpr std::uint64_t kSeed = 20200513;

// Normal numbers by Box and Muller: unlike std::normal_distribution, the same with every library.
class NormalNumbers {
 public:
  explicit NormalNumbers(double deviation) : engine_(kSeed), deviation_(deviation) {}

  double next() {
    const double radius = std::sqrt(-2 * std::log(1 - unit()));
    return deviation_ * radius * std::cos(2 * std::numbers::pi * unit());
  }

 private:
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // in [0, 1)

  std::mt19937_64 engine_;
  double deviation_;
};

double deviation_of(const ParamSpec& param) {
  const bool separable = param.name.find(".conv_pw.") != std::string::npos ||
                         param.name.find(".conv_dw.") != std::string::npos;
  double fan_in = 1;
  for (std::size_t i = 1; i < param.shape.size(); ++i)
    fan_in *= static_cast<double>(param.shape[i]);
  return separable ? std::sqrt(1 / fan_in) : kDenseDeviation;
}

}  // namespace

std::vector<std::byte> fresh_predictor(const ParamSpec& param) {
  std::size_t elements = 1;
  for (const std::int64_t size : param.shape) elements *= static_cast<std::size_t>(size);
  std::vector<float> values(elements);
  if (param.shape.size() == 1) {
    const bool classes = param.name.starts_with("class_net.");
    std::fill(values.begin(), values.end(),
              classes ? static_cast<float>(-std::log((1 - kPrior) / kPrior)) : 0.0F);
  } else {
    NormalNumbers numbers(deviation_of(param));
    for (float& value : values) value = static_cast<float>(numbers.next());
  }
  std::vector<std::byte> bytes(elements * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace effgate
