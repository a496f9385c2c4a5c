"""The network as a whole: it is the reference, and all ways through it agree."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from fittingroom.errors import ConfigError
from fittingroom.models.m2fp import M2FP, PRESETS, build

# Of the small network; written down when the full one was at parity with the reference.
LOGITS = [-0.8025, -0.9784, -0.6849, -1.1426]
MASKS = [13.087, 11.292, 11.2, 11.592]


def load_parity_check(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("parity_check", folder / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@torch.no_grad()
def test_the_small_network_answers_as_it_did_at_parity(build_small: Callable[..., M2FP], picture: torch.Tensor) -> None:
    output = build_small()(picture)
    assert output.pred_logits.shape == (1, 40, 22)
    assert output.pred_masks.shape == (1, 40, 24, 32)
    assert torch.allclose(output.pred_logits[0, ::10, 3], torch.tensor(LOGITS), atol=1e-3)
    assert torch.allclose(output.pred_masks[0, ::10, 7, 9], torch.tensor(MASKS), atol=1e-2)


@torch.no_grad()
def test_resizing_the_features_once_is_resizing_every_mask(
    build_small: Callable[..., M2FP], picture: torch.Tensor
) -> None:
    short, long = build_small()(picture), build_small(resizes_features=False)(picture)
    assert torch.allclose(short.pred_logits, long.pred_logits, atol=1e-4)
    assert torch.allclose(short.pred_masks, long.pred_masks, atol=1e-3)


@torch.no_grad()
def test_a_batch_equals_its_pictures_one_by_one(build_small: Callable[..., M2FP], picture: torch.Tensor) -> None:
    net, other = build_small(), picture.flip(3)
    both = net(torch.cat([picture, other])).pred_masks
    assert torch.allclose(both[:1], net(picture).pred_masks, atol=1e-3)
    assert torch.allclose(both[1:], net(other).pred_masks, atol=1e-3)


def test_in_training_the_prediction_before_each_layer_is_told_too(
    build_small: Callable[..., M2FP], picture: torch.Tensor
) -> None:
    net = build_small().train()
    output = net(picture)
    assert len(output.aux_outputs) == PRESETS["m2fp-tiny"].decoder_layers
    assert all(masks.shape == output.pred_masks.shape for _, masks in output.aux_outputs)


def test_an_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no M2FP preset 'm2fp-r18'; known are m2fp-r50, m2fp-r101, m2fp-vit-l"):
        build("m2fp-r18", 20)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the check leaves its files for Python to close
@pytest.mark.parametrize("which", ["multi", "single"])
def test_the_full_network_is_the_reference(shared_data: Path, which: str) -> None:
    from fittingroom.models.m2fp import build_multiple, build_single

    folder = shared_data.parent / "parity"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared/parity beside the repository, which is not there")
    assert load_parity_check(folder).check(build_multiple if which == "multi" else build_single, which)
