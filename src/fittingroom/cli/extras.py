"""A clear word when a command needs more than the run-time installation."""

from __future__ import annotations

from importlib.util import find_spec

from fittingroom.errors import MissingExtraError


def needs_training_extra() -> None:
    """
    Raises:
        MissingExtraError: torch is not installed.
    """
    if find_spec("torch") is None:
        raise MissingExtraError("this command needs PyTorch, which is not installed; pip install 'fittingroom[train]'")
