import pytest
import torch

from fittingroom.errors import ConfigError
from fittingroom.models.mobilenet import InvertedResidual, MobileNetV2, SameConv2d, copy_layers


def summing_convolution() -> SameConv2d:
    """3x3 at stride 2 with one channel, all weights 1."""
    convolution = SameConv2d(1, 1, 3, stride=2)
    assert convolution.bias is not None
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    return convolution


@pytest.mark.parametrize(("lit", "seen_in"), [(0, [0]), (1, [0]), (2, [0, 1]), (3, [1]), (4, [1, 2]), (7, [3])])
def test_at_stride_2_a_cell_looks_at_its_two_pixels_and_the_next_one_only(lit: int, seen_in: list[int]) -> None:
    picture = torch.zeros(1, 1, 8, 8)
    picture[0, 0, lit, lit] = 1
    answer = summing_convolution()(picture)[0, 0]
    assert answer.shape == (4, 4)
    assert answer.diagonal().nonzero().flatten().tolist() == seen_in


@pytest.mark.parametrize("size_hw", [(8, 8), (7, 9), (6, 11), (1, 2)])
def test_dilated_depthwise_convolutions_train_as_they_evaluate(size_hw: tuple[int, int]) -> None:
    torch.manual_seed(0)
    convolution = SameConv2d(5, 5, 3, dilation=2, groups=5)
    answers, gradients = [], []
    for mode in (True, False):
        convolution.train(mode).zero_grad()
        x = torch.linspace(-1, 1, 2 * 5 * size_hw[0] * size_hw[1]).sin().reshape(2, 5, *size_hw).requires_grad_()
        answer = convolution(x)
        (answer**2).sum().backward()
        assert x.grad is not None
        assert convolution.weight.grad is not None
        answers.append(answer.detach())
        gradients.append((x.grad, convolution.weight.grad.clone()))
    assert answers[0].shape == (2, 5, *size_hw)
    torch.testing.assert_close(answers[0], answers[1])
    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize(("in_channels", "stride", "adds"), [(8, 1, True), (8, 2, False), (6, 1, False)])
def test_the_input_is_added_where_the_shapes_allow_it(in_channels: int, stride: int, adds: bool) -> None:
    block = InvertedResidual(in_channels, 8, 6, stride, 1)
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.ones(1, in_channels, 4, 4)
    answer = block(x)
    assert answer.shape == (1, 8, 4 // stride, 4 // stride)
    assert bool(answer.any()) == adds


def test_features_have_strides_4_8_and_16() -> None:
    shapes = [tuple(features.shape) for features in MobileNetV2()(torch.zeros(2, 3, 32, 48))]
    assert shapes == [(2, 24, 8, 12), (2, 32, 4, 6), (2, 320, 2, 3)]


def test_frozen_blocks_do_not_learn_and_the_others_do() -> None:
    backbone = MobileNetV2()
    backbone.freeze_first_blocks(2)
    for name, parameter in backbone.named_parameters():
        assert parameter.requires_grad != name.startswith(("stem.", "blocks.0.", "blocks.1."))


def two_layers() -> list[torch.nn.Conv2d]:
    return [torch.nn.Conv2d(3, 4, 1), torch.nn.Conv2d(4, 2, 3)]


def arrays_of(convolutions: list[torch.nn.Conv2d], first_layer: int) -> dict[str, torch.Tensor]:
    return {
        f"{layer:02d}.{name}": parameter.detach().clone()
        for layer, convolution in enumerate(convolutions, first_layer)
        for name, parameter in convolution.named_parameters()
    }


def test_layers_are_filled_from_arrays_named_by_their_number() -> None:
    trained, fresh = two_layers(), two_layers()
    copy_layers(fresh, arrays_of(trained, 51), first_layer=51)
    for old, new in zip(trained, fresh, strict=True):
        torch.testing.assert_close(dict(old.named_parameters()), dict(new.named_parameters()))


def test_starting_weights_of_another_shape_are_refused() -> None:
    arrays = arrays_of(two_layers(), 0)
    arrays["01.weight"] = torch.zeros(2, 4, 1, 1)
    with pytest.raises(
        ConfigError, match=r"01\.weight is \(2, 4, 1, 1\), the network needs \(2, 4, 3, 3\); use the file"
    ):
        copy_layers(two_layers(), arrays)


def test_starting_weights_with_an_array_missing_are_refused() -> None:
    arrays = arrays_of(two_layers(), 0)
    del arrays["00.bias"]
    with pytest.raises(ConfigError, match=r"00\.bias is nothing, the network needs \(4,\)"):
        copy_layers(two_layers(), arrays)
