#include "harness/doctor/known_errors.h"

#include <algorithm>

namespace effgate {
namespace {

using enum CauseCode;
using std::string_view;

constexpr string_view kConvert = "effgate convert FILE -o NEW.pth";
constexpr string_view kConvertLegacy = "effgate convert FILE -o NEW.pth --format legacy";
constexpr string_view kConvertArchive = "effgate convert FILE -o NEW.pt --format torch-archive";
constexpr string_view kInspect = "effgate inspect FILE";

// torch.load: the file is something else
constexpr KnownError kEmptyFile{
    file_not_a_checkpoint, {}, "The file is empty.", FixKind::redownload, kInspect};
constexpr KnownError kHtmlPage{
    file_not_a_checkpoint,
    {},
    "The file is an HTML page, as a download that needs a login gives it.",
    FixKind::redownload,
    kInspect};
constexpr KnownError kXmlDocument{file_not_a_checkpoint,
                                  {},
                                  "The file is an XML document, as a storage service answers that "
                                  "may not give the file.",
                                  FixKind::redownload,
                                  kInspect};
constexpr KnownError kLfsPointer{
    file_not_a_checkpoint,
    {},
    "The file is a Git LFS pointer, a text that stands for the weights.",
    FixKind::redownload,
    "git lfs pull"};
constexpr KnownError kOtherFile{
    file_not_a_checkpoint,
    {},
    "The file does not begin as a checkpoint does: it is a text, a page "
    "or a file of another program.",
    FixKind::redownload,
    kInspect};
constexpr KnownError kOtherPickle{file_not_a_checkpoint,
                                  {},
                                  "The file is a pickle, and not one that torch.save wrote.",
                                  FixKind::none,
                                  kInspect};
constexpr KnownError kOtherZip{file_not_a_checkpoint,
                               {},
                               "The file is a zip archive that torch.save did not write.",
                               FixKind::none,
                               kInspect};
// torch.load: the file is broken
constexpr KnownError kTruncated{
    file_truncated, {}, "The file ends early.", FixKind::redownload, kInspect};
constexpr KnownError kDamaged{
    file_corrupt, {}, "The file is damaged inside.", FixKind::redownload, kInspect};
constexpr KnownError kWrongHash{file_corrupt,
                                {},
                                "What was downloaded has not the hash that its name says.",
                                FixKind::redownload,
                                {}};
// torch.load: what the file holds
constexpr KnownError kRunsCode{file_unsafe, env_weights_only,
                               "The file asks to call a function of the system, and weights_only, "
                               "torch's default since 2.6, refuses it.",
                               FixKind::none, kInspect};
constexpr KnownError kRefusedModule{file_whole_module, env_weights_only,
                                    "The file is a pickled module object and no state dict, and "
                                    "weights_only, torch's default since 2.6, refuses its classes.",
                                    FixKind::convert, kConvert};
constexpr KnownError kWeightsOnly{env_weights_only,
                                  {},
                                  "torch.load refuses what the file holds beside its tensors: "
                                  "weights_only is true by default since torch 2.6.",
                                  FixKind::convert,
                                  kConvert};
constexpr KnownError kNewerFormat{env_format_version,
                                  {},
                                  "The file was written in a newer format than this torch reads: "
                                  "torch.save writes zip archives since 1.6.",
                                  FixKind::convert,
                                  kConvertLegacy};
constexpr KnownError kNewerGlobals{
    env_format_version,
    {},
    "The file names a function that this torch does not have: another "
    "version wrote it.",
    FixKind::convert,
    kConvert};
constexpr KnownError kWholeModule{
    file_whole_module,
    {},
    "The file is a pickled module object, and the class that it names "
    "is not what it was when it was saved.",
    FixKind::convert,
    kConvert};
constexpr KnownError kWantsModule{file_whole_module,
                                  {},
                                  "The code expects a pickled module object where the file holds a "
                                  "dictionary, or the reverse: build the model and give its "
                                  "load_state_dict the state dict.",
                                  FixKind::none,
                                  kInspect};
constexpr KnownError kNoStateDict{file_no_state_dict,
                                  {},
                                  "What was loaded is no state dict: a list, a lone tensor or "
                                  "nothing.",
                                  FixKind::none,
                                  kInspect};
constexpr KnownError kNested{
    keys_nested,
    {},
    "The state dict does not lie under the key at which the code looks for "
    "it.",
    FixKind::unwrap,
    kConvert};
// LibTorch's C++ loaders
constexpr KnownError kCppPickle{env_cpp_loader,
                                {},
                                "LibTorch's C++ unpickler knows tensors, numbers, texts and plain "
                                "containers, and not the OrderedDict that state_dict() returns nor "
                                "other classes.",
                                FixKind::convert,
                                kConvertArchive};
constexpr KnownError kCppArchive{
    env_cpp_loader,
    {},
    "torch::load and torch::jit::load read TorchScript and C++ archives, "
    "and not what Python's torch.save wrote.",
    FixKind::convert,
    kConvertArchive};
constexpr KnownError kCppLegacy{
    env_cpp_loader,
    {},
    "LibTorch's C++ loaders read zip archives only, and the file is none: "
    "the older format of torch.save, or cut short.",
    FixKind::convert,
    kConvertArchive};
// Python modules
constexpr KnownError kImport{
    env_import,
    {},
    "The installed Python module has no such name: it is of another version, "
    "or another module of that name.",
    FixKind::none,
    {}};
constexpr KnownError kNoDetector{
    env_import,
    {},
    "efficientnet_pytorch holds backbones only; EfficientDet is in effdet "
    "and other packages.",
    FixKind::none,
    "pip install effdet"};
// dtypes and devices
constexpr KnownError kDtype{
    dtype_mismatch,
    {},
    "The weights and the input have different dtypes: convert one of them, or "
    "run both under autocast.",
    FixKind::cast,
    {}};
constexpr KnownError kKernel{
    env_kernel,
    {},
    "This build of torch has no kernel for the operation in this dtype or on "
    "this device.",
    FixKind::none,
    {}};
constexpr KnownError kNoCuda{
    env_kernel,
    {},
    "The tensors ask for a CUDA device that this torch does not have here; "
    "torch.load(..., map_location=\"cpu\") reads them on the CPU.",
    FixKind::none,
    {}};
// No cause of the contract's
constexpr KnownError kOtherDevice{{},
                                  {},
                                  "Model and input are on different devices; move both to one with "
                                  ".to(device). Nothing is wrong with the checkpoint.",
                                  FixKind::none,
                                  {}};
constexpr KnownError kOutOfMemory{{},
                                  {},
                                  "The device ran out of memory; nothing is said about the "
                                  "checkpoint.",
                                  FixKind::none,
                                  {}};
constexpr KnownError kNoFile{
    {}, {}, "There is no file at the path, or it may not be read.", FixKind::none, {}};
constexpr KnownError kInputSize{
    {},
    {},
    "The input's size does not fit the network; nothing is said about the "
    "checkpoint.",
    FixKind::none,
    {}};

constexpr std::array kPhrases = std::to_array<KnownPhrase>({
    {{"Weights only load failed", "Unsupported operand 149"}, &kWeightsOnly},
    {{"Weights only load failed", "Unsupported operand 118"}, &kLfsPointer},
    {{"Weights only load failed", "Unsupported operand 60"}, &kHtmlPage},
    {{"Weights only load failed", "Unsupported operand"}, &kOtherFile},
    {{"Weights only load failed", "invalid load key"}, &kOtherFile},
    {{"Weights only load failed", "whose module", "is blocked"}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL os."}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL posix."}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL nt."}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL sys."}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL subprocess."}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL builtins.e"}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL __builtin__.e"}, &kRunsCode},
    {{"Weights only load failed", "GLOBAL effdet."}, &kRefusedModule},
    {{"Weights only load failed", "GLOBAL torch.nn.modules."}, &kRefusedModule},
    {{"Weights only load failed", "GLOBAL torch.nn.parallel."}, &kRefusedModule},
    {{"Weights only load failed", "GLOBAL __main__.EfficientDet"}, &kRefusedModule},
    {{"Weights only load failed", "GLOBAL backbone.EfficientDet"}, &kRefusedModule},
    {{"Weights only load failed"}, &kWeightsOnly},
    {{"WeightsUnpickler error"}, &kWeightsOnly},
    {{"was not an allowed global by default"}, &kWeightsOnly},
    {{"Cannot use ``weights_only=True`` with"}, &kWeightsOnly},
    {{"add_safe_globals"}, &kWeightsOnly},

    {{"Expected GenericDict but got"}, &kCppPickle},
    {{"isGenericDict() INTERNAL ASSERT FAILED"}, &kCppPickle},
    {{"Unpickler found unknown type"}, &kCppPickle},
    {{"constants.pkl"}, &kCppArchive},
    {{"No such serialized"}, &kCppArchive},
    {{"c10::Error", "what():", "failed finding central directory"}, &kCppLegacy},
    {{"torch::jit::load", "failed finding central directory"}, &kCppLegacy},
    {{"torch::load", "failed finding central directory"}, &kCppLegacy},
    {{"torch::pickle_load"}, &kCppPickle},

    {{"kMaxSupportedFileFormatVersion"}, &kNewerFormat},
    {{"maximum supported version for reading is"}, &kNewerFormat},
    {{"did you mean to use torch.jit.load()"}, &kNewerFormat},
    {{"Can't get attribute '_rebuild"}, &kNewerGlobals},
    {{"Can't get attribute \"_rebuild"}, &kNewerGlobals},
    {{"unsupported pickle protocol"}, &kNewerGlobals},
    {{"nvalid protocol version"}, &kNewerFormat},

    {{"unexpected EOF"}, &kTruncated},
    {{"pickle data was truncated"}, &kTruncated},
    {{"failed finding central directory"}, &kTruncated},
    {{"MetadataIncompleteBuffer"}, &kTruncated},
    {{"retrieval incomplete: got only"}, &kTruncated},
    {{"IncompleteRead("}, &kTruncated},
    {{"Ran out of input"}, &kEmptyFile},
    {{"invalid load key, '<'"}, &kHtmlPage},
    {{"invalid load key, 'v'"}, &kLfsPointer},
    {{"invalid load key"}, &kOtherFile},
    {{"nvalid magic number"}, &kOtherPickle},
    {{"not a ZIP archive"}, &kOtherFile},
    {{"failed locating file data.pkl"}, &kOtherZip},
    {{"failed locating file version"}, &kOtherZip},
    {{"file in archive is not in a subdirectory"}, &kOtherZip},
    {{"ile is not a zip file"}, &kOtherFile},
    {{"HeaderTooLarge"}, &kOtherFile},
    {{"HeaderTooSmall"}, &kOtherFile},
    {{"InvalidHeader"}, &kOtherFile},
    {{"file signature not found"}, &kOtherFile},
    {{"not an sstable"}, &kOtherFile},
    {{"storage has wrong"}, &kDamaged},
    {{"PytorchStreamReader failed"}, &kDamaged},
    {{"Bad CRC-32"}, &kDamaged},
    {{"BadZipFile"}, &kDamaged},
    {{"unpickling stack underflow"}, &kDamaged},
    {{"could not find MARK"}, &kDamaged},
    {{"file might be corrupted"}, &kDamaged},
    {{"archive is corrupted"}, &kDamaged},
    {{"invalid hash value"}, &kWrongHash},

    {{"Can't get attribute"}, &kWholeModule},
    {{"find_class", "No module named"}, &kWholeModule},
    {{"unpickler.load()", "No module named"}, &kWholeModule},
    {{"but received <class 'collections.OrderedDict'>"}, &kNested},
    {{"but received <class 'dict'>"}, &kNested},
    {{"Expected state_dict to be dict-like", "<class 'list'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'tuple'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'NoneType'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "ensor'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'numpy"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'int'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'float'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like", "<class 'str'>"}, &kNoStateDict},
    {{"Expected state_dict to be dict-like"}, &kWantsModule},
    {{"'list' object has no attribute 'items'"}, &kNoStateDict},
    {{"'list' object has no attribute 'keys'"}, &kNoStateDict},
    {{"'list' object has no attribute 'copy'"}, &kNoStateDict},
    {{"'tuple' object has no attribute 'copy'"}, &kNoStateDict},
    {{"'Tensor' object has no attribute 'copy'"}, &kNoStateDict},
    {{"'Tensor' object has no attribute 'items'"}, &kNoStateDict},
    {{"'NoneType' object has no attribute 'copy'"}, &kNoStateDict},
    {{"'NoneType' object has no attribute 'items'"}, &kNoStateDict},
    {{"'str' object has no attribute 'copy'"}, &kNoStateDict},
    {{"OrderedDict' object has no attribute 'state_dict'"}, &kNested},
    {{"'dict' object has no attribute 'state_dict'"}, &kNested},
    {{"OrderedDict' object has no attribute"}, &kWantsModule},
    {{"'dict' object has no attribute"}, &kWantsModule},
    {{"object has no attribute 'copy'"}, &kWantsModule},
    {{"'MBConvBlock' object has no attribute"}, &kWholeModule},
    {{"'EfficientNetFeatures' object has no attribute"}, &kWholeModule},
    {{"'EfficientNet' object has no attribute"}, &kWholeModule},
    {{"'EfficientDet' object has no attribute"}, &kWholeModule},
    {{"'EfficientDetBackbone' object has no attribute"}, &kWholeModule},
    {{"'Conv2d' object has no attribute"}, &kWholeModule},
    {{"'BatchNorm2d' object has no attribute"}, &kWholeModule},
    {{"'Upsample' object has no attribute"}, &kWholeModule},
    {{"KeyError: 'state_dict'"}, &kNested},
    {{"KeyError: 'model'"}, &kNested},
    {{"KeyError: 'model_state_dict'"}, &kNested},
    {{"KeyError: 'state_dict_ema'"}, &kNested},
    {{"KeyError: 'ema'"}, &kNested},
    {{"KeyError: 'net'"}, &kNested},
    {{"KeyError: 'weights'"}, &kNested},
    {{"KeyError: 'meta'"}, &kNested},
    {{"KeyError: 'parser'"}, &kNested},
    {{"KeyError: 'num_class'"}, &kNested},
    {{"KeyError: 'epoch'"}, &kNested},
    {{"KeyError: 'optimizer'"}, &kNested},
    {{"KeyError: 'pytorch-lightning_version'"}, &kNested},

    {{"efficientnet_pytorch", "has no attribute 'EfficientDet"}, &kNoDetector},
    {{"cannot import name 'EfficientDet", "efficientnet_pytorch"}, &kNoDetector},
    {{"cannot import name"}, &kImport},
    {{"No module named"}, &kImport},
    {{"DLL load failed"}, &kImport},
    {{"ImportError:"}, &kImport},
    {{"undefined symbol:"}, &kImport},
    {{"module '", "' has no attribute '"}, &kImport},
    {{"module \"", "\" has no attribute"}, &kImport},
    {{"type object '", "' has no attribute '"}, &kImport},
    {{"name 'EfficientDet", "is not defined"}, &kImport},
    {{"Unknown model ("}, &kImport},
    {{"got an unexpected keyword argument"}, &kImport},

    // the file itself instead of an error
    {{"<!DOCTYPE html"}, &kHtmlPage, true},
    {{"<!DOCTYPE HTML"}, &kHtmlPage, true},
    {{"<!doctype html"}, &kHtmlPage, true},
    {{"<html"}, &kHtmlPage, true},
    {{"<HTML"}, &kHtmlPage, true},
    {{"<?xml"}, &kXmlDocument, true},
    {{"version https://git-lfs.github.com/spec/", "oid sha256:"}, &kLfsPointer},

    {{"nput type (torch.cuda.FloatTensor) and", "type (torch.FloatTensor)"}, &kOtherDevice},
    {{"nput type (torch.FloatTensor) and", "type (torch.cuda.FloatTensor)"}, &kOtherDevice},
    {{"nput type (torch.cuda.HalfTensor) and", "type (torch.HalfTensor)"}, &kOtherDevice},
    {{"nput type (torch.HalfTensor) and", "type (torch.cuda.HalfTensor)"}, &kOtherDevice},
    {{"nput type (", "should be the same"}, &kDtype},
    {{"expected scalar type", "but found"}, &kDtype},
    {{"xpected object of scalar type", "but got scalar type"}, &kDtype},
    {{"xpected object of type torch.cuda.", "but found type torch.FloatTensor"}, &kOtherDevice},
    {{"xpected object of type torch.", "but found type torch."}, &kDtype},
    {{"mixed dtype (", "expect parameter to have scalar type"}, &kDtype},
    {{"must have the same dtype"}, &kDtype},
    {{"to have the same dtype"}, &kDtype},
    {{"should have the same dtype"}, &kDtype},
    {{"have different dtypes"}, &kDtype},
    {{"expected dtype", "but got"}, &kDtype},
    {{"xpected tensor for argument", "to have the same type"}, &kDtype},
    {{"result type", "can't be cast to"}, &kDtype},
    {{"ndex put requires the source and destination dtypes match"}, &kDtype},
    {{"not implemented for '"}, &kKernel},
    {{"no kernel image is available"}, &kKernel},
    {{"invalid device function"}, &kKernel},
    {{"Could not run '", "with arguments from the"}, &kKernel},
    {{"Unknown builtin op"}, &kKernel},
    {{"not supported on CPU"}, &kKernel},
    {{"deserialize object on"}, &kNoCuda},
    {{"Torch not compiled with CUDA enabled"}, &kNoCuda},
    {{"Found no NVIDIA driver"}, &kNoCuda},
    {{"No CUDA GPUs are available"}, &kNoCuda},
    {{"xpected all tensors to be on the same device"}, &kOtherDevice},
    {{"out of memory"}, &kOutOfMemory},
    {{"No such file or directory"}, &kNoFile},
    {{"Permission denied"}, &kNoFile},
    {{"input size must be divided by the stride"}, &kInputSize},
});

bool has_words(string_view text, const KnownPhrase& phrase) {
  // How far apart the words of one error may stand.
  constexpr std::size_t kNear = 2000;
  const auto& words = phrase.words;
  if (phrase.opens) return text.starts_with(words[0]);
  std::size_t start = text.find(words[0]);
  if (words[1].empty()) return start != string_view::npos;
  for (; start != string_view::npos; start = text.find(words[0], start + kNear)) {
    string_view rest = text.substr(start + words[0].size(), 2 * kNear);
    const std::size_t second = rest.find(words[1]);
    if (second == string_view::npos) continue;
    if (rest.find(words[2], second + words[1].size()) != string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::span<const KnownPhrase> known_phrases() { return kPhrases; }

const KnownPhrase* find_known_phrase(string_view text) {
  const auto found = std::ranges::find_if(
      kPhrases, [&](const KnownPhrase& phrase) { return has_words(text, phrase); });
  return found == kPhrases.end() ? nullptr : &*found;
}

}  // namespace effgate
