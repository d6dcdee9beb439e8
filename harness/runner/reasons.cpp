#include "harness/runner/reasons.h"

#include <algorithm>
#include <array>

namespace effgate {
namespace {

constexpr std::array kDrift = {
    ReasonMeaning{"beyond_max_rms", "the rms difference from the truth is beyond max_rms"},
    ReasonMeaning{"beyond_max_abs", "the largest difference from the truth is beyond max_abs"},
    ReasonMeaning{"detections_lost", "fewer detections pair up than min_detections asks for"},
};
constexpr std::array kNonfinite = {
    ReasonMeaning{"nan_or_infinity", "outputs hold NaN or infinity where the truth has none"},
    ReasonMeaning{"nonfinite_output", "outputs hold NaN or infinity"},
};
constexpr std::array kLoadMismatch = {
    ReasonMeaning{"arch.variant", "the checkpoint belongs to another size of the family"},
    ReasonMeaning{"arch.class_count", "it has another number of classes"},
    ReasonMeaning{"arch.anchor_count", "it has another number of anchors per cell"},
    ReasonMeaning{"arch.implementation", "it comes from another implementation's naming"},
    ReasonMeaning{"arch.history", "it comes from another version of the same name"},
    ReasonMeaning{"arch.redundant_bias", "it has, or lacks, the biases before BatchNorm"},
    ReasonMeaning{"arch.head_layout", "it orders the heads' BatchNorm the other way"},
    ReasonMeaning{"arch.backbone_only", "it holds a backbone without neck and heads"},
    ReasonMeaning{"arch.foreign", "it is no EfficientDet of the catalogue"},
    ReasonMeaning{"arch.ambiguous", "it fits several networks"},
    ReasonMeaning{"keys.prefix", "its keys have a wrapper's prefix"},
    ReasonMeaning{"keys.nested", "it holds the state dict under a key"},
    ReasonMeaning{"keys.batches_tracked", "it lacks num_batches_tracked, or has it in excess"},
    ReasonMeaning{"keys.missing", "it lacks tensors"},
    ReasonMeaning{"keys.unexpected", "it has tensors that the network does not know"},
};
constexpr std::array kLoadRefused = {
    ReasonMeaning{"env.cpp_loader", "the library's C++ loaders do not read such a file"},
    ReasonMeaning{"env.weights_only", "it is refused by the weights_only default"},
    ReasonMeaning{"env.format_version", "it was written by a newer format"},
};
constexpr std::array kUnreadable = {
    ReasonMeaning{"file.not_found", "there is no such file"},
    ReasonMeaning{"file.not_a_checkpoint", "the file is something else"},
    ReasonMeaning{"file.truncated", "the file ends early"},
    ReasonMeaning{"file.corrupt", "the file is damaged inside"},
    ReasonMeaning{"file.whole_module", "the file is a pickled module object"},
    ReasonMeaning{"file.no_state_dict", "the file holds no state dict"},
    ReasonMeaning{"input", "the cell's input cannot be read"},
};
constexpr std::array kUnsafe = {
    ReasonMeaning{"file.unsafe", "the file would run code when unpickled"},
};
constexpr std::array kUnsupported = {
    ReasonMeaning{"no_kernel", "the library has no kernel for this dtype or device"},
    ReasonMeaning{"no_device", "the machine or the library has no such device"},
    ReasonMeaning{"cuda_not_installed", "the library's CUDA part is not installed"},
    ReasonMeaning{"no_such_size", "the network cannot be built for this size"},
    ReasonMeaning{"no_loader", "the library has no loaders of its own"},
};
constexpr std::array kNondeterministic = {
    ReasonMeaning{"repeats_differ", "two forward passes of one process differ"},
};
constexpr std::array kLibraryError = {
    ReasonMeaning{"raised", "the library raised an error of its own"},
};
constexpr std::array kCrash = {
    ReasonMeaning{"segmentation_fault", "SIGSEGV"},
    ReasonMeaning{"abort", "SIGABRT"},
    ReasonMeaning{"bus_error", "SIGBUS"},
    ReasonMeaning{"illegal_instruction", "SIGILL"},
    ReasonMeaning{"floating_point", "SIGFPE"},
    ReasonMeaning{"killed", "SIGKILL that effgate did not send, often the kernel short of memory"},
    ReasonMeaning{"other_signal", "any other signal"},
    ReasonMeaning{"exited", "the process ended itself in the middle of its work"},
};
constexpr std::array kTimeout = {
    ReasonMeaning{"deadline", "it ran past timeout_s"},
};
constexpr std::array kOom = {
    ReasonMeaning{"host_memory", "an allocation of host memory failed"},
    ReasonMeaning{"device_memory", "an allocation of device memory failed"},
    ReasonMeaning{"memory_limit", "it was ended beyond memory_mb"},
};
constexpr std::array kLibraryMissing = {
    ReasonMeaning{"not_installed", "no library of this name is installed"},
    ReasonMeaning{"not_loaded", "the library is there and could not be loaded"},
};
constexpr std::array kSkipped = {
    ReasonMeaning{"excluded", "an [[exclude]] of the suite matches it"},
    ReasonMeaning{"needs_cuda", "TF32 exists on CUDA devices only"},
};
constexpr std::array kNotRun = {
    ReasonMeaning{"not_reached", "the run ended before it"},
    ReasonMeaning{"no_recipe", "its recipe checkpoint could not be made"},
    ReasonMeaning{"no_truth", "its truth could not be computed"},
};
constexpr std::array kError = {
    ReasonMeaning{"defect", "effgate broke one of its own promises"},
    ReasonMeaning{"output", "effgate could not write what it had found"},
};

}  // namespace

std::span<const ReasonMeaning> reasons_of(CellStatus status) {
  switch (status) {
    case CellStatus::pass: return {};
    case CellStatus::drift: return kDrift;
    case CellStatus::nonfinite: return kNonfinite;
    case CellStatus::load_mismatch: return kLoadMismatch;
    case CellStatus::load_refused: return kLoadRefused;
    case CellStatus::unreadable: return kUnreadable;
    case CellStatus::unsafe: return kUnsafe;
    case CellStatus::unsupported: return kUnsupported;
    case CellStatus::nondeterministic: return kNondeterministic;
    case CellStatus::library_error: return kLibraryError;
    case CellStatus::crash: return kCrash;
    case CellStatus::timeout: return kTimeout;
    case CellStatus::oom: return kOom;
    case CellStatus::library_missing: return kLibraryMissing;
    case CellStatus::skipped: return kSkipped;
    case CellStatus::not_run: return kNotRun;
    case CellStatus::error: return kError;
  }
  return {};
}

bool is_reason_of(CellStatus status, std::string_view code) {
  const auto reasons = reasons_of(status);
  return std::any_of(reasons.begin(), reasons.end(),
                     [&](const ReasonMeaning& reason) { return reason.code == code; });
}

}  // namespace effgate
