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


def needs_preferences_extra() -> None:
    """
    Raises:
        MissingExtraError: what the store of preferences is made with is not installed.
    """
    missing = [name for name in ("sqlalchemy", "alembic") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"preferences need {', '.join(missing)}, which is not installed; pip install 'fittingroom[preferences]'"
        )
