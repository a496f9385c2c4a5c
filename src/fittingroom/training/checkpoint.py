"""The state of a run on disk: complete or absent, and readable without running code from the file."""

from __future__ import annotations

import io
import os
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from torch import Tensor

from fittingroom.errors import ConfigError
from fittingroom.models.parsing_net import ParsingNet


def save_checkpoint(
    path: Path, net: ParsingNet, averaged: dict[str, Tensor], optimizer: torch.optim.Optimizer, step: int
) -> None:
    """Write beside the old checkpoint, then put it in its place."""
    partial = path.with_suffix(".partial")
    state = {"weights": net.state_dict(), "averaged": averaged, "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, partial)
    os.replace(partial, path)


def load_checkpoint(
    path: Path, net: ParsingNet, optimizer: torch.optim.Optimizer, device: torch.device
) -> tuple[dict[str, Tensor], int]:
    """Put a run's state into `net` and `optimizer`; returns the averaged weights and the number of steps done.

    Raises:
        ConfigError: the checkpoint is of another network, or damaged.
    """
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        net.load_state_dict(saved["weights"])
        optimizer.load_state_dict(saved["optimizer"])
        return saved["averaged"], int(saved["step"])
    except Exception as error:  # torch raises whatever the file makes it stumble over
        raise ConfigError(
            f"{path}: cannot go on from this checkpoint ({_reason(error)}); start in another folder"
        ) from error


def weights_npz(net: ParsingNet) -> bytes:
    """A network's weights in 16 bits: half the size, and good enough to start another training from."""
    buffer = io.BytesIO()
    half = {name: value.half() if value.is_floating_point() else value for name, value in net.state_dict().items()}
    np.savez(buffer, **{name: value.cpu().numpy() for name, value in half.items()})
    return buffer.getvalue()


def load_network(checkpoint: Path) -> ParsingNet:
    """The averaged network of a run's checkpoint.pt, or the network of a model's weights.npz, in evaluation mode.

    Raises:
        ConfigError: neither of the two.
    """
    try:
        if checkpoint.suffix == ".npz":
            with np.load(checkpoint) as archive:
                state = {name: torch.from_numpy(archive[name]) for name in archive.files}
        else:
            state = torch.load(checkpoint, map_location="cpu", weights_only=True)["averaged"]
        net = network_for(state)
        net.load_state_dict(state)
    except Exception as error:  # torch raises whatever the file makes it stumble over
        raise ConfigError(
            f"{checkpoint}: not a checkpoint of this network ({_reason(error)}); "
            "give a run's checkpoint.pt or a model's weights.npz"
        ) from error
    return net.eval()


def network_for(state: dict[str, Tensor]) -> ParsingNet:
    """A network of the shape that a state dict was saved from."""
    blocks = {name.split(".")[3] for name in state if name.startswith("context.overview.blocks.")}
    return ParsingNet(len(state["classify.bias"]), overview_blocks=len(blocks))


def _reason(error: Exception) -> str:
    """torch's words in one line, without its advice to load unsafely."""
    if isinstance(error, UnpicklingError):
        return "it is damaged, or holds other things than weights"
    return " ".join(str(error).split())[:300] or type(error).__name__
