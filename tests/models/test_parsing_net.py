from pathlib import Path

import numpy as np
import pytest
import torch

from fittingroom.errors import ConfigError
from fittingroom.models.parsing_net import ParsingNet


@pytest.fixture(scope="module")
def net() -> ParsingNet:
    torch.manual_seed(0)
    return ParsingNet(7).eval()


@pytest.mark.parametrize("size_hw", [(32, 32), (48, 80), (16, 64)])
@torch.no_grad()
def test_every_answer_has_a_quarter_of_the_pictures_size(net: ParsingNet, size_hw: tuple[int, int]) -> None:
    height, width = size_hw[0] // 4, size_hw[1] // 4
    output = net(torch.zeros(2, 3, *size_hw))
    assert output.class_logits.shape == (2, 7, height, width)
    assert output.centre_logits.shape == (2, 1, height, width)
    assert output.centre_offsets.shape == (2, 2, height, width)
    assert output.aux_logits is None


@torch.no_grad()
def test_training_adds_coarse_logits() -> None:
    output = ParsingNet(7).train()(torch.zeros(2, 3, 32, 48))
    assert output.aux_logits.shape == (2, 7, 2, 3)


@torch.no_grad()
def test_a_batch_equals_its_singles(net: ParsingNet) -> None:
    pictures = torch.rand(2, 3, 32, 48) * 2 - 1
    together = net(pictures)
    for index in range(2):
        alone = net(pictures[index : index + 1])
        for one, both in zip(alone[:3], together[:3], strict=True):
            torch.testing.assert_close(one[0], both[index], rtol=0, atol=1e-4)


@torch.no_grad()
def test_an_untrained_network_expects_hardly_any_centres(net: ParsingNet) -> None:
    assert net(torch.zeros(1, 3, 32, 32)).centre_logits.sigmoid().mean() < 0.1


@torch.no_grad()
def test_evaluation_takes_back_what_the_weighted_loss_adds_to_rare_classes() -> None:
    torch.manual_seed(0)
    net = ParsingNet(3).eval()
    pictures = torch.rand(1, 3, 32, 32)
    before = net(pictures).class_logits
    net.log_class_weights.copy_(torch.tensor([0.0, 1.0, 2.0]))
    after = net(pictures).class_logits
    torch.testing.assert_close(before - after, torch.tensor([0.0, 1.0, 2.0])[None, :, None, None].expand_as(before))


def starting_arrays(net: ParsingNet) -> dict[str, np.ndarray]:
    """The arrays of a file that `net` could have started from."""
    layers = [*net.backbone.convolutions(), net.context.here, net.context.everywhere, net.context.project]
    return {
        f"{layer:02d}.{name}": parameter.detach().numpy().astype(np.float16)
        for layer, convolution in enumerate(layers)
        for name, parameter in convolution.named_parameters()
    }


def test_starting_weights_fill_the_backbone_and_the_context_that_has_some(net: ParsingNet, tmp_path: Path) -> None:
    arrays = starting_arrays(net)
    assert len(arrays) == 2 * 54  # layers 0-50 and 51-53
    np.savez(tmp_path / "start.npz", **arrays)
    fresh = ParsingNet(3)
    fresh.load_starting_weights(tmp_path / "start.npz")
    filled = starting_arrays(fresh)
    assert all(np.array_equal(filled[name], arrays[name]) for name in arrays)


def test_starting_weights_of_another_network_are_refused(net: ParsingNet, tmp_path: Path) -> None:
    arrays = starting_arrays(net)
    arrays["51.weight"] = arrays["51.weight"][:, :100]
    np.savez(tmp_path / "start.npz", **arrays)
    with pytest.raises(ConfigError, match=r"51\.weight is \(256, 100, 1, 1\), the network needs \(256, 320, 1, 1\)"):
        ParsingNet(3).load_starting_weights(tmp_path / "start.npz")


def test_the_starting_weights_at_hand_fit(shared_data: Path) -> None:
    ParsingNet(20).load_starting_weights(shared_data / "init/mobilenetv2_deeplabv3_coco_voc.npz")
