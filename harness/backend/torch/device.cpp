#include "harness/backend/torch/device.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "harness/backend/torch/compat.h"
#include "harness/backend/torch/errors.h"
#include "harness/backend/torch/identity.h"

namespace effgate {
namespace {

[[noreturn]] void cannot(const std::string& reason) {
  throw CallError(EFFGATE_UNSUPPORTED, reason);
}

std::string last_dynamic_error() {
  const char* text = dlerror();
  return text == nullptr ? "no reason given" : text;
}

// The library's CUDA half, from where its CPU half came from. It registers itself; operations
// find it from then on. Global, because its parts look for each other by symbol.
void* open_cuda_library() {
  const auto file = std::filesystem::path(libtorch_file()).parent_path() / "libtorch_cuda.so";
  if (!std::filesystem::exists(file)) {
    cannot(
        "cuda_not_installed: this library was installed without CUDA; `effgate libs add torch==" +
        std::string(EFFGATE_TORCH_HEADER_VERSION) + " --cuda` adds it");
  }
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) cannot("cuda_not_installed: " + last_dynamic_error());
  return handle;
}

void bring_in_cuda() {
  static void* const kCudaLibrary = open_cuda_library();
  static_cast<void>(kCudaLibrary);
}

// Why no tensor can be made there, in the library's words.
std::string reason_for_no_device() {
  try {
    at::empty({1}, at::TensorOptions().device(c10::kCUDA));
    return "the library counts no device";
  } catch (const c10::Error& failure) {
    return first_line(failure.what_without_backtrace());
  }
}

// libeffgate-torch-VERSION.so -> libeffgate-torch-VERSION-cuda.so
std::filesystem::path cuda_part_file() {
  std::filesystem::path file = loaded_file_of(reinterpret_cast<const void*>(&cuda_part_file));
  return file.replace_filename(file.stem().string() + "-cuda.so");
}

const CudaPart* open_cuda_part() {
  const std::filesystem::path file = cuda_part_file();
  if (!std::filesystem::exists(file)) {
    cannot("the adapter was built without CUDA headers: no events, captures or memory count");
  }
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) cannot("the adapter's CUDA part: " + last_dynamic_error());
  void* entry = dlsym(handle, EFFGATE_CUDA_PART_ENTRY);
  if (entry == nullptr) cannot("the adapter's CUDA part: " + last_dynamic_error());
  return reinterpret_cast<effgate_cuda_part_entry>(entry)();
}

}  // namespace

int32_t count_devices(effgate_device device) {
  if (device == EFFGATE_CPU) return 1;
  require(device == EFFGATE_CUDA, "no such kind of device");
  bring_in_cuda();
  const int count = at::detail::getCUDAHooks().getNumGPUs();
  if (count <= 0) cannot("no_device: " + reason_for_no_device());
  return count;
}

c10::Device ready_device(effgate_device device) {
  count_devices(device);
  return device == EFFGATE_CUDA ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
}

const CudaPart& cuda_part() {
  static const CudaPart* const kPart = open_cuda_part();
  return *kPart;
}

void wait_for(const c10::Device& device) {
  if (device.is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(device.index());
}

}  // namespace effgate
