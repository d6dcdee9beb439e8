#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <array>
#include <memory>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/compat.h"
#include "harness/backend/torch/device.h"
#include "harness/backend/torch/handles.h"

namespace effgate {
namespace {

void set_threads(const effgate_environment& environment) {
  if (environment.intra_op_threads > 0) at::set_num_threads(environment.intra_op_threads);
  // May be set once in a process and not after work has begun, so an equal number is not set.
  const int inter_op = environment.inter_op_threads;
  if (inter_op > 0 && static_cast<int>(at::get_num_interop_threads()) != inter_op) {
    at::set_num_interop_threads(inter_op);
  }
}

#if EFFGATE_TORCH_HAS_FLOAT32_PRECISION
#if EFFGATE_TORCH_HAS_FLOAT32_PRECISION_ENUMS
constexpr auto kCuda = at::Float32Backend::CUDA;
constexpr auto kOneDnn = at::Float32Backend::MKLDNN;
constexpr std::array kOperations = {at::Float32Op::CONV, at::Float32Op::RNN, at::Float32Op::MATMUL};
constexpr auto kTf32 = at::Float32Precision::TF32;
constexpr auto kIeee = at::Float32Precision::IEEE;
#else
constexpr auto kCuda = "cuda";
constexpr auto kOneDnn = "mkldnn";
constexpr std::array kOperations = {"conv", "rnn", "matmul"};
constexpr auto kTf32 = "tf32";
constexpr auto kIeee = "ieee";
#endif
// CPU convolutions and products stay IEEE: tf32 is a matter of CUDA.
void set_float32_precision(bool tf32) {
  for (const auto operation : kOperations) {
    at::globalContext().setFloat32Precision(kCuda, operation, tf32 ? kTf32 : kIeee);
    at::globalContext().setFloat32Precision(kOneDnn, operation, kIeee);
  }
}
#else
void set_float32_precision(bool tf32) {
  at::globalContext().setAllowTF32CuDNN(tf32);
  at::globalContext().setAllowTF32CuBLAS(tf32);
}
#endif

void set_reduced_precision_reduction(bool allowed) {
  at::globalContext().setAllowFP16ReductionCuBLAS(allowed);
#if EFFGATE_TORCH_HAS_BF16_REDUCTION
  at::globalContext().setAllowBF16ReductionCuBLAS(allowed);
#endif
}

void set_deterministic(bool only_deterministic) {
  at::Context& context = at::globalContext();
  context.setDeterministicCuDNN(only_deterministic);
  context.setDeterministicAlgorithms(only_deterministic, /*warn_only=*/false);
#if EFFGATE_TORCH_HAS_DETERMINISTIC_ONEDNN
  context.setDeterministicMkldnn(only_deterministic);
#endif
}

void apply(const effgate_environment& environment) {
  set_threads(environment);
  at::globalContext().setUserEnabledMkldnn(environment.onednn != 0);
  set_float32_precision(environment.tf32 != 0);
  set_reduced_precision_reduction(environment.reduced_precision_reduction != 0);
  at::globalContext().setBenchmarkCuDNN(environment.cudnn_benchmark != 0);
  set_deterministic(environment.deterministic != 0);
}

effgate_code session_open(const effgate_environment* environment, effgate_session** out,
                          effgate_text error) {
  return guarded(error, [&] {
    require(environment != nullptr && out != nullptr, "a null environment or result");
    require(environment->struct_size >= sizeof(effgate_environment),
            "an environment of another size");
    const c10::Device device = ready_device(environment->device);
    apply(*environment);
    *out = give(std::make_unique<effgate_session>(effgate_session{*environment, device, nullptr}));
  });
}

effgate_code device_count(effgate_device device, int32_t* out, effgate_text error) {
  return guarded(error, [&] {
    require(out != nullptr, "no place for the count");
    *out = count_devices(device);
  });
}

}  // namespace

void add_session(effgate_backend& table) {
  table.device_count = device_count;
  table.session_open = session_open;
  table.session_close = take_back<effgate_session>;
}

}  // namespace effgate
