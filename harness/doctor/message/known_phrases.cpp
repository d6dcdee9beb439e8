#include "harness/doctor/message/known_phrases.h"

#include <algorithm>

namespace effgate {
namespace {

using namespace known_errors;
using std::string_view;

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
    {{"unsupported pickle protocol"}, &kNewerPickle},
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
    // safetensors, which once wrote names of errors and now sentences
    {{"HeaderTooLarge"}, &kOtherFile},
    {{"HeaderTooSmall"}, &kTruncated},
    {{"InvalidHeaderDeserialization"}, &kDamaged},
    {{"InvalidHeaderLength"}, &kTruncated},
    {{"InvalidHeader"}, &kOtherFile},
    {{"Error while deserializing", ": header too large"}, &kOtherFile},
    {{"Error while deserializing", ": header too small"}, &kTruncated},
    {{"Error while deserializing", ": invalid JSON in header"}, &kDamaged},
    {{"Error while deserializing", ": invalid header length"}, &kTruncated},
    {{"Error while deserializing", ": invalid UTF-8 in header"}, &kOtherFile},
    {{"Error while deserializing", ": invalid start character in header"}, &kOtherFile},
    {{"incomplete metadata, file not fully covered"}, &kTruncated},
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
    {{"ict' object has no attribute 'seek'"}, &kNoPath},
    {{"ict' object has no attribute 'read'"}, &kNoPath},
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
    {{"result type", "can't be cast to"}, &kCalculation},
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
