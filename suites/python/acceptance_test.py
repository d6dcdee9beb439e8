"""What `effgate convert` writes, read by Python's torch, effdet, efficientnet_pytorch and safetensors."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import torch
from effdet import create_model, create_model_from_config
from effdet.config import get_efficientdet_config
from efficientnet_pytorch import EfficientNet
from safetensors.torch import load_file, save_file

BUILD = pathlib.Path(os.environ["EFFGATE_BUILD_DIR"])
SIZE = 128


def effgate(*arguments):
    """Standard output of the program, which must end well."""
    environment = dict(os.environ, EFFGATE_CACHE=str(BUILD / "test-cache"))
    command = [str(BUILD / "effgate"), *map(str, arguments)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout


def load(path):
    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def network(name, **settings):
    model = create_model(name, pretrained=False, pretrained_backbone=False, image_size=(SIZE, SIZE),
                         **settings)
    return model.eval()


def relative_error(values, truth):
    """Root mean square of the difference over that of the truth."""
    return ((values.double() - truth.double()).norm() / truth.double().norm()).item()


class Acceptance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        torch.manual_seed(1)
        cls.image = torch.randn(1, 3, SIZE, SIZE)
        save_file({"input": cls.image}, cls.folder / "input.safetensors")

    def recipe(self, model):
        """The file of a network whose weights and statistics tell every mistake from noise."""
        made = self.folder / "outputs.safetensors"
        effgate("forward", "--model", model, "--checkpoint", f"recipe:{model}", "--lib", "reference",
                "--size", f"{SIZE}x{SIZE}", "-o", made)
        return next((BUILD / "test-cache" / "recipes").glob(f"{model}-*"))

    def convert(self, source, name, *options):
        effgate("convert", source, "-o", self.folder / name, *options)
        return self.folder / name

    def assert_same(self, state, expected):
        self.assertEqual(set(state), set(expected))
        for key, tensor in expected.items():
            self.assertEqual(state[key].dtype, tensor.dtype, key)
            self.assertTrue(torch.equal(state[key], tensor), key)

    def assert_computes_the_same(self, model, name, checkpoint):
        """Outputs of the loaded network and of effgate's reference agree to float32's noise."""
        outputs = self.folder / "outputs.safetensors"
        effgate("forward", "--model", name, "--checkpoint", checkpoint, "--lib", "reference",
                "--input", self.folder / "input.safetensors", "-o", outputs)
        truth = load_file(outputs)
        with torch.no_grad():
            classes, boxes = model(self.image)
        for kind, levels in (("class", classes), ("box", boxes)):
            for level, values in enumerate(levels, start=3):
                error = relative_error(values, truth[f"{kind}/{level}"])
                self.assertLess(error, 2e-4, f"{kind}/{level}")

    def test_every_format_loads_strictly_and_computes_the_same(self):
        name = "tf_efficientdet_lite0"
        source = self.recipe(name)
        for file, form in (("a.pth", "zip"), ("b.pth", "legacy"), ("c.safetensors", "safetensors")):
            with self.subTest(form):
                made = self.convert(source, file, "--format", form)
                self.assert_same(load(made), load(source))
                model = network(name)
                model.load_state_dict(load(made), strict=True)
                self.assert_computes_the_same(model, name, made)

    def test_pickled_formats_carry_the_versions_of_batch_norm(self):
        for form in ("zip", "legacy"):
            made = self.convert(self.recipe("tf_efficientdet_lite0"), "a.pth", "--format", form)
            versions = load(made)._metadata
            self.assertEqual(versions["backbone.bn1"], {"version": 2})
            self.assertEqual(versions["backbone.conv_stem"], {"version": 1})

    def test_a_torch_archive_is_a_module_with_the_same_tensors(self):
        source = self.recipe("tf_efficientdet_lite0")
        made = self.convert(source, "a.pt", "--format", "torch-archive")
        module = torch.jit.load(str(made))
        tensors = dict(module.named_parameters()) | dict(module.named_buffers())
        self.assert_same(tensors, load(source))

    def test_names_of_zylo_come_back_as_effdets(self):
        name = "tf_efficientdet_d0"
        source = self.recipe(name)
        zylo = self.convert(source, "zylo.pth", "--layout", "zylo", "--format", "legacy")
        self.assertIn("backbone_net.model._conv_stem.conv.weight", load(zylo))
        made = self.convert(zylo, "effdet.pth", "--layout", "effdet")
        self.assert_same(load(made), load(source))
        model = network(name)
        model.load_state_dict(load(made), strict=True)
        self.assert_computes_the_same(model, name, made)

    def test_level_first_heads_load_into_such_a_network(self):
        name = "tf_efficientdet_lite0"
        source = self.recipe(name)
        made = self.convert(source, "level.safetensors", "--layout", "effdet-level-first")
        config = get_efficientdet_config(name)
        config.head_bn_level_first = True
        model = create_model_from_config(config, pretrained=False, pretrained_backbone=False,
                                         image_size=(SIZE, SIZE)).eval()
        model.load_state_dict(load(made), strict=True)
        self.assert_computes_the_same(model, name, source)

    def test_a_backbone_loads_into_efficientnet_pytorch(self):
        source = self.recipe("tf_efficientdet_d0")
        drop = [word for part in ("fpn", "class_net", "box_net") for word in ("--drop", part + ".*")]
        made = self.convert(source, "backbone.pth", "--layout", "lukemelas", *drop)
        model = EfficientNet.from_name("efficientnet-b0").eval()
        answer = model.load_state_dict(load(made), strict=False)
        self.assertEqual(answer.unexpected_keys, [])
        self.assertEqual({key.split(".")[0] for key in answer.missing_keys},
                         {"_conv_head", "_bn1", "_fc"})
        effdet = network("tf_efficientdet_d0")
        effdet.load_state_dict(load(source), strict=True)
        with torch.no_grad():
            theirs = model.extract_endpoints(self.image)["reduction_3"]
            ours = effdet.backbone(self.image)[0]
        self.assertLess(relative_error(theirs, ours), 1e-4)

    def test_dtypes_are_rounded_as_torch_rounds_them(self):
        source = self.recipe("tf_efficientdet_lite0")
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            with self.subTest(dtype):
                made = self.convert(source, "a.pth", "--dtype", str(dtype).split(".")[1])
                expected = {key: tensor.to(dtype) if tensor.is_floating_point() else tensor
                            for key, tensor in load(source).items()}
                self.assert_same(load(made), expected)

    def test_a_training_file_with_other_classes_and_a_wrapper_loads(self):
        torch.manual_seed(2)
        model = network("tf_efficientdet_lite0", num_classes=3)
        wrapped = {"module." + key: tensor for key, tensor in model.state_dict().items()}
        torch.save({"epoch": 7, "state_dict": wrapped}, self.folder / "training.pth")
        said = effgate("convert", self.folder / "training.pth", "-o", self.folder / "a.pth", "--json")
        self.assertEqual(json.loads(said)["wrappers"], ["state_dict", "module."])
        self.assert_same(load(self.folder / "a.pth"), model.state_dict())
        network("tf_efficientdet_lite0", num_classes=3).load_state_dict(load(self.folder / "a.pth"))

    def test_views_of_one_storage_become_tensors_of_their_own(self):
        model = network("tf_efficientdet_lite0")
        state = model.state_dict()
        weight = state["class_net.predict.conv_pw.weight"]
        state["class_net.predict.conv_pw.weight"] = weight.transpose(0, 1).contiguous().transpose(0, 1)
        self.assertFalse(state["class_net.predict.conv_pw.weight"].is_contiguous())
        torch.save(state, self.folder / "views.pth")
        self.assert_same(load(self.convert(self.folder / "views.pth", "a.safetensors")), state)


if __name__ == "__main__":
    unittest.main()
