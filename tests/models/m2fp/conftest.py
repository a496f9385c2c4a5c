"""A small network whose every weight is a function of its key and shape, so that its answers can be written down."""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
import torch

from fittingroom.models.m2fp import M2FP, build


@torch.no_grad()
def fill(net: M2FP) -> M2FP:
    """Weights of a size that lets signals through, the same on every machine."""
    for key, value in net.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "little")
        noise = np.random.RandomState(seed).standard_normal(tuple(value.shape))
        if value.dim() == 1:
            offset = 1.0 if key.endswith(("weight", "running_var")) else 0.0
            noise = offset + 0.1 * np.abs(noise)
        elif not key.endswith(("query_feat.weight", "query_embed.weight", "level_embed.weight", "level_embed")):
            noise = noise * np.sqrt(2 / max(1, int(np.prod(value.shape[1:]))))
        value.copy_(torch.from_numpy(noise))
    return net


@pytest.fixture(scope="session")
def build_small() -> Callable[..., M2FP]:
    """Builds it, in evaluation mode; `resizes_features` as in MaskedDecoder."""

    def build_filled(*, resizes_features: bool = True) -> M2FP:
        return fill(build("m2fp-tiny", 21, resizes_features=resizes_features)).eval()

    return build_filled


@pytest.fixture(scope="session")
def picture() -> torch.Tensor:
    """float32 (1, 3, 96, 128)."""
    return torch.from_numpy(np.random.RandomState(0).standard_normal((1, 3, 96, 128)).astype(np.float32))
