#include "harness/checkpoint/globals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle.h"

namespace effgate {
namespace {

using namespace std::string_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

PickleCalls calls_of(const std::string& body, bool torch_archive = false) {
  const std::string bytes = "\x80\x02" + body + ".";
  return examine_calls(read_pickle(as_byte_span(bytes)).tree, torch_archive);
}

TEST(Globals, what_training_checkpoints_hold_is_data) {
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"argparse", "Namespace"},
                                                        {"collections", "defaultdict"},
                                                        {"numpy.core.multiarray", "scalar"},
                                                        {"numpy._core.multiarray", "_reconstruct"},
                                                        {"numpy", "dtype"},
                                                        {"numpy.dtypes", "Float64DType"},
                                                        {"pathlib", "PosixPath"},
                                                        {"datetime", "datetime"},
                                                        {"omegaconf.dictconfig", "DictConfig"},
                                                        {"_codecs", "encode"},
                                                        {"builtins", "set"}}) {
    EXPECT_EQ(global_kind(module, name), GlobalKind::data) << module << "." << name;
  }
}

TEST(Globals, what_runs_what_it_is_given_is_code) {
  EXPECT_EQ(global_kind("os", "system"), GlobalKind::code);
  EXPECT_EQ(global_kind("posix", "execv"), GlobalKind::code);
  EXPECT_EQ(global_kind("builtins", "eval"), GlobalKind::code);
  EXPECT_EQ(global_kind("__builtin__", "apply"), GlobalKind::code);
  EXPECT_EQ(global_kind("subprocess", "Popen"), GlobalKind::code);
  EXPECT_EQ(global_kind("torch.storage", "_load_from_bytes"), GlobalKind::code);
}

TEST(Globals, names_that_only_resemble_known_ones_are_unknown) {
  EXPECT_EQ(global_kind("torch._utils", "_rebuild_everything"), GlobalKind::unknown);
  EXPECT_EQ(global_kind("torch", "load"), GlobalKind::unknown);
  EXPECT_EQ(global_kind("argparse", "ArgumentParser"), GlobalKind::unknown);
  EXPECT_EQ(global_kind("numpy", "load"), GlobalKind::unknown);
  EXPECT_EQ(global_kind("collections.", "OrderedDict"), GlobalKind::unknown);
  EXPECT_EQ(global_kind(std::string(5000, 'a'), "b"), GlobalKind::unknown);
}

TEST(Globals, data_is_noted_and_not_called_unsafe) {
  const PickleCalls calls = calls_of("cargparse\nNamespace\n)\x81}b");
  EXPECT_THAT(calls.data, ElementsAre("argparse.Namespace"));
  EXPECT_THAT(calls.unsafe, IsEmpty());
}

TEST(Globals, an_unknown_class_is_unsafe_only_where_it_is_called) {
  EXPECT_THAT(calls_of("cmy.code\nThing\n)R").unsafe, ElementsAre("my.code.Thing"));
  EXPECT_THAT(calls_of("cmy.code\nThing\n)\x81").unsafe, ElementsAre("my.code.Thing"));
  EXPECT_THAT(calls_of("cmy.code\nThing\n").unsafe, IsEmpty());
}

TEST(Globals, code_is_unsafe_even_where_it_is_only_named) {
  EXPECT_THAT(calls_of("ccollections\ndefaultdict\ncos\nsystem\n\x85R").unsafe,
              ElementsAre("os.system"));
}

TEST(Globals, classes_of_a_modules_package_belong_to_the_module) {
  const std::string state = "}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}u"s;
  const PickleCalls calls =
      calls_of("(cnet.model\nNet\n)\x81" + state + "bcnet.config\nConfig\n)\x81t");
  EXPECT_THAT(calls.modules, ElementsAre("net.model.Net", "net.config.Config"));
  EXPECT_THAT(calls.unsafe, IsEmpty());
  const PickleCalls other = calls_of("(cnet.model\nNet\n)\x81" + state + "bcevil\nrun\n)Rt");
  EXPECT_THAT(other.unsafe, ElementsAre("evil.run"));
}

// The first 64 packages with module classes are remembered.
TEST(Globals, more_packages_of_modules_than_any_program_has_are_not_believed) {
  const std::string state = "}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}u"s;
  std::string modules;
  for (int i = 0; i < 70; ++i) modules += "cnet" + std::to_string(i) + "\nNet\n)\x81" + state + "b";
  const auto unsafe_beside = [&](const std::string& global) {
    return calls_of("(" + modules + global + ")\x81t").unsafe;
  };
  EXPECT_THAT(unsafe_beside("cnet63.config\nConfig\n"), Not(Contains("net63.config.Config")));
  EXPECT_THAT(unsafe_beside("cnet64.config\nConfig\n"), Contains("net64.config.Config"));
}

// ("module", class, file, source) as the persistent id that old versions put in place of a class.
std::string legacy_class(const std::string& global) {
  return "(X\x06\x00\x00\x00module"s + global + "X\x01\x00\x00\x00"s + "fX\x01\x00\x00\x00"s +
         "stQ";
}

TEST(Globals, a_class_behind_a_legacy_persistent_id_belongs_to_its_module) {
  const std::string state = "}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}u"s;
  const std::string net = legacy_class("cnet.model\nNet\n");
  for (const std::string& made : {net + ")\x81", "ccopy_reg\n_reconstructor\n(" + net + "NNtR"}) {
    const PickleCalls calls = calls_of(made + state + "b");
    EXPECT_THAT(calls.modules, ElementsAre("net.model.Net"));
    EXPECT_THAT(calls.unsafe, IsEmpty());
  }
}

TEST(Globals, a_legacy_persistent_id_does_not_make_a_function_a_module) {
  EXPECT_THAT(calls_of(legacy_class("cevil\nrun\n") + ")R").unsafe, ElementsAre("evil.run"));
  EXPECT_THAT(calls_of(legacy_class("cos\nsystem\n") + ")R").unsafe, ElementsAre("os.system"));
}

TEST(Globals, torchs_own_functions_do_not_pass_as_parts_of_a_module) {
  const PickleCalls calls =
      calls_of("(ctorch.nn.modules.conv\nConv2d\n)\x81}bctorch.hub\nload\n)Rt");
  EXPECT_THAT(calls.modules, ElementsAre("torch.nn.modules.conv.Conv2d"));
  EXPECT_THAT(calls.unsafe, ElementsAre("torch.hub.load"));
}

TEST(Globals, descriptions_inside_a_torch_archive_are_no_classes) {
  const std::string module = "c__torch__\nModule\n)\x81}b";
  EXPECT_THAT(calls_of(module, true).unsafe, IsEmpty());
  EXPECT_THAT(calls_of(module, false).unsafe, ElementsAre("__torch__.Module"));
}

}  // namespace
}  // namespace effgate
