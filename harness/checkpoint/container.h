#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace effgate {

// How a file packs its tensors. Only the first three are read into tensors by every caller;
// `torch_archive` is what C++ torch::save writes; TorchScript and TensorFlow files are recognised
// and left to their libraries.
enum class Container {
  unknown,
  zip,
  legacy,
  safetensors,
  torch_archive,
  torchscript,
  tensorflow,
};

// Of these torch.load gives a scripted module, and no state dict.
constexpr bool is_module_archive(Container container) {
  return container == Container::torch_archive || container == Container::torchscript;
}

// The name in JSON: "torch-archive".
std::string_view to_string(Container container);

// What the first bytes say. `foreign` names what the file is where it is no checkpoint at all
// ("an HTML page"), and is empty otherwise; `bare_pickle` is a pickle that torch.save did not
// write. A zip may still turn out to be a torch archive or TorchScript once its records are known.
struct FirstLook {
  Container container = Container::unknown;
  std::string foreign = {};
  bool bare_pickle = false;
};
FirstLook recognise(std::span<const std::byte> file);

}  // namespace effgate
