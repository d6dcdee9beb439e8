#pragma once

#include <optional>
#include <string_view>

#include "harness/doctor/cause.h"

namespace effgate {

// What an error of Python or LibTorch says by its words alone.
struct KnownError {
  std::optional<CauseCode> code;     // unset where no cause of a checkpoint's is behind it
  std::optional<CauseCode> further;  // a second cause of the same error
  std::string_view summary;          // one sentence
  FixKind fix = FixKind::none;
  std::string_view command = {};  // a shell line, or ""
};

namespace known_errors {

using enum CauseCode;

inline constexpr std::string_view kConvert = "effgate convert FILE -o NEW.pth";
inline constexpr std::string_view kConvertLegacy =
    "effgate convert FILE -o NEW.pth --format legacy";
inline constexpr std::string_view kConvertArchive =
    "effgate convert FILE -o NEW.pt --format torch-archive";
inline constexpr std::string_view kInspect = "effgate inspect FILE";

// torch.load: the file is something else
inline constexpr KnownError kEmptyFile{
    file_not_a_checkpoint, {}, "The file is empty.", FixKind::redownload, kInspect};
inline constexpr KnownError kHtmlPage{
    file_not_a_checkpoint,
    {},
    "The file is an HTML page, as a download that needs a login gives it.",
    FixKind::redownload,
    kInspect};
inline constexpr KnownError kXmlDocument{
    file_not_a_checkpoint,
    {},
    "The file is an XML document, as a storage service answers that "
    "may not give the file.",
    FixKind::redownload,
    kInspect};
inline constexpr KnownError kLfsPointer{
    file_not_a_checkpoint,
    {},
    "The file is a Git LFS pointer, a text that stands for the weights.",
    FixKind::redownload,
    "git lfs pull"};
inline constexpr KnownError kOtherFile{
    file_not_a_checkpoint,
    {},
    "The file does not begin as a checkpoint does: it is a text, a page "
    "or a file of another program.",
    FixKind::redownload,
    kInspect};
inline constexpr KnownError kOtherPickle{file_not_a_checkpoint,
                                         {},
                                         "The file is a pickle, and not one that torch.save wrote.",
                                         FixKind::none,
                                         kInspect};
inline constexpr KnownError kOtherZip{file_not_a_checkpoint,
                                      {},
                                      "The file is a zip archive that torch.save did not write.",
                                      FixKind::none,
                                      kInspect};
// torch.load: the file is broken
inline constexpr KnownError kTruncated{
    file_truncated, {}, "The file ends early.", FixKind::redownload, kInspect};
inline constexpr KnownError kDamaged{
    file_corrupt, {}, "The file is damaged inside.", FixKind::redownload, kInspect};
inline constexpr KnownError kWrongHash{file_corrupt,
                                       {},
                                       "What was downloaded has not the hash that its name says.",
                                       FixKind::redownload,
                                       {}};
// torch.load: what the file holds
inline constexpr KnownError kRunsCode{
    file_unsafe, env_weights_only,
    "The file asks to call a function of the system, and weights_only, "
    "torch's default since 2.6, refuses it.",
    FixKind::none, kInspect};
inline constexpr KnownError kRefusedModule{
    file_whole_module, env_weights_only,
    "The file is a pickled module object and no state dict, and "
    "weights_only, torch's default since 2.6, refuses its classes.",
    FixKind::convert, kConvert};
inline constexpr KnownError kWeightsOnly{
    env_weights_only,
    {},
    "torch.load refuses what the file holds beside its tensors: "
    "weights_only is true by default since torch 2.6.",
    FixKind::convert,
    kConvert};
inline constexpr KnownError kNewerFormat{
    env_format_version,
    {},
    "The file was written in a newer format than this torch reads: "
    "torch.save writes zip archives since 1.6.",
    FixKind::convert,
    kConvertLegacy};
inline constexpr KnownError kNewerGlobals{
    env_format_version,
    {},
    "The file names a function that this torch does not have: another "
    "version wrote it.",
    FixKind::convert,
    kConvert};
inline constexpr KnownError kNewerPickle{
    env_format_version,
    {},
    "The file is written in a newer pickle protocol than this Python reads: torch.save writes "
    "protocol 2 unless it is told another.",
    FixKind::convert,
    kConvert};
inline constexpr KnownError kWholeModule{
    file_whole_module,
    {},
    "The file is a pickled module object, and the class that it names "
    "is not what it was when it was saved.",
    FixKind::convert,
    kConvert};
inline constexpr KnownError kWantsModule{
    file_whole_module,
    {},
    "The code expects a pickled module object where the file holds a "
    "dictionary, or the reverse: build the model and give its "
    "load_state_dict the state dict.",
    FixKind::none,
    kInspect};
inline constexpr KnownError kNoStateDict{
    file_no_state_dict,
    {},
    "What was loaded is no state dict: a list, a lone tensor or "
    "nothing.",
    FixKind::none,
    kInspect};
inline constexpr KnownError kNested{
    keys_nested,
    {},
    "The state dict does not lie under the key at which the code looks for "
    "it.",
    FixKind::unwrap,
    kConvert};
// LibTorch's C++ loaders
inline constexpr KnownError kCppPickle{
    env_cpp_loader,
    {},
    "LibTorch's C++ unpickler knows tensors, numbers, texts and plain "
    "containers, and not the OrderedDict that state_dict() returns nor "
    "other classes.",
    FixKind::convert,
    kConvertArchive};
inline constexpr KnownError kCppArchive{
    env_cpp_loader,
    {},
    "torch::load and torch::jit::load read TorchScript and C++ archives, "
    "and not what Python's torch.save wrote.",
    FixKind::convert,
    kConvertArchive};
inline constexpr KnownError kCppLegacy{
    env_cpp_loader,
    {},
    "LibTorch's C++ loaders read zip archives only, and the file is none: "
    "the older format of torch.save, or cut short.",
    FixKind::convert,
    kConvertArchive};
// Python modules
inline constexpr KnownError kImport{
    env_import,
    {},
    "The installed Python module has no such name: it is of another version, "
    "or another module of that name.",
    FixKind::none,
    {}};
inline constexpr KnownError kNoDetector{
    env_import,
    {},
    "efficientnet_pytorch holds backbones only; EfficientDet is in effdet "
    "and other packages.",
    FixKind::none,
    "pip install effdet"};
// dtypes and devices
inline constexpr KnownError kDtype{
    dtype_mismatch,
    {},
    "The weights and the input have different dtypes: convert one of them, or "
    "run both under autocast.",
    FixKind::cast,
    {}};
inline constexpr KnownError kKernel{
    env_kernel,
    {},
    "This build of torch has no kernel for the operation in this dtype or on "
    "this device.",
    FixKind::none,
    {}};
inline constexpr KnownError kNoCuda{
    env_kernel,
    {},
    "The tensors ask for a CUDA device that this torch does not have here; "
    "torch.load(..., map_location=\"cpu\") reads them on the CPU.",
    FixKind::none,
    {}};
// No cause of the contract's
inline constexpr KnownError kOtherDevice{
    {},
    {},
    "Model and input are on different devices; move both to one with "
    ".to(device). Nothing is wrong with the checkpoint.",
    FixKind::none,
    {}};
inline constexpr KnownError kOutOfMemory{{},
                                         {},
                                         "The device ran out of memory; nothing is said about the "
                                         "checkpoint.",
                                         FixKind::none,
                                         {}};
inline constexpr KnownError kNoPath{
    {},
    {},
    "torch.load was given a dictionary, which is loaded already: it reads a path or an open file. "
    "Nothing is said about the checkpoint.",
    FixKind::none,
    {}};
inline constexpr KnownError kCalculation{
    {},
    {},
    "A calculation in place would put one kind of number into a tensor of another, as a float into "
    "an integer; nothing is said about the checkpoint.",
    FixKind::none,
    {}};
inline constexpr KnownError kNoFile{
    {}, {}, "There is no file at the path, or it may not be read.", FixKind::none, {}};
inline constexpr KnownError kInputSize{
    {},
    {},
    "The input's size does not fit the network; nothing is said about the "
    "checkpoint.",
    FixKind::none,
    {}};

}  // namespace known_errors
}  // namespace effgate
