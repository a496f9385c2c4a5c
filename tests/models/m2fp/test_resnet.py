import torch
from torch import nn

from fittingroom.models.m2fp.resnet import ResNet


def test_features_come_at_strides_4_to_32_with_four_times_the_width() -> None:
    net = ResNet((1, 1, 1, 1), stem_width=8)
    shapes = [tuple(level.shape) for level in net(torch.zeros(1, 3, 64, 96))]
    assert shapes == [(1, 32, 16, 24), (1, 64, 8, 12), (1, 128, 4, 6), (1, 256, 2, 3)]
    assert net.out_channels == (32, 64, 128, 256)


def test_frozen_norms_stay_as_they_are_in_training() -> None:
    net = ResNet((1, 1, 1, 1), stem_width=8)
    net.freeze_norms()
    net.train()
    before = {name: value.clone() for name, value in net.state_dict().items() if "running" in name}
    net(torch.randn(2, 3, 32, 32))
    after = net.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    assert not any(parameter.requires_grad for norm in norms for parameter in norm.parameters())
