"""Where models that are not part of the package are kept, and how one gets there whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fittingroom.errors import ModelError, OutputError

HOME_VARIABLE = "FITTINGROOM_HOME"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def fittingroom_home() -> Path:
    """The folder that the environment variable FITTINGROOM_HOME names, or the usual one for this system's caches."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "fittingroom"


def models_home() -> Path:
    """The folder with a folder for each stored model."""
    return fittingroom_home() / "models"


def downloads_home() -> Path:
    """The folder with what was fetched and not yet imported."""
    return fittingroom_home() / "downloads"


def is_model_name(name: str) -> bool:
    """Whether a stored model may have this name: letters, digits, dots, hyphens, underscores; no path."""
    return _NAME.fullmatch(name) is not None


def stored_models() -> list[Path]:
    """The folders of the stored models, in the order of their names."""
    home = models_home()
    if not home.is_dir():
        return []
    return sorted(
        folder for folder in home.iterdir() if is_model_name(folder.name) and (folder / "card.json").is_file()
    )


@contextmanager
def new_model(name: str) -> Iterator[Path]:
    """An empty folder that becomes the stored model `name` when the block ends well, in place of an earlier one.

    When the block fails, the folder is removed and an earlier model is as it was.

    Raises:
        ModelError: a model cannot have this name.
        OutputError: no space, no permission.
    """
    if not is_model_name(name):
        raise ModelError(f"{name!r} cannot be a model's name; use letters, digits, dots, hyphens and underscores")
    home = models_home()
    # names that no model has, since they begin with a dot
    staged, replaced = (home / f".{kind}-{secrets.token_hex(6)}" for kind in ("new", "old"))
    target = home / name
    try:
        staged.mkdir(parents=True)
        yield staged
        if target.exists():
            os.replace(target, replaced)
        try:
            os.replace(staged, target)
        except OSError:
            if replaced.exists():
                os.replace(replaced, target)
            raise
    except OSError as error:
        raise OutputError(
            f"cannot store the model {name} in {home}: {error.strerror or error}; make room, allow writing to it, or "
            f"name another folder in {HOME_VARIABLE}"
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)
