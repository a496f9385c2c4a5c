"""Published checkpoints of M2FP: their licence, and fetching them from the ModelScope hub, whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fittingroom.engine.store import HOME_VARIABLE, downloads_home
from fittingroom.errors import ModelError, OutputError

LICENCE = (
    "published weights of M2FP, for non-commercial use only (CC BY-NC 4.0 for the majority of the project; read the "
    "terms on the page that you fetched them from). Fittingroom's own licence does not cover them"
)

HUB_URL = "https://modelscope.cn"
HUB_VARIABLE = "FITTINGROOM_HUB"
OFFLINE_VARIABLE = "FITTINGROOM_OFFLINE"
FILES = ("configuration.json", "pytorch_model.pt")
TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 20

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that are there, and the bytes of the whole."""


@dataclass(frozen=True)
class HubModel:
    """A published checkpoint: where it lies on the hub, and the revision that this code was written for."""

    name: str
    hub_id: str
    revision: str = "v1.0.1"

    @property
    def folder(self) -> Path:
        """Where its files are put on this machine."""
        return downloads_home() / self.name


@dataclass(frozen=True)
class HubFile:
    """A file as the hub lists it."""

    name: str
    size_bytes: int
    sha256: str


HUB_MODELS = {
    model.name: model
    for model in (
        HubModel("m2fp-r101", "damo/cv_resnet101_image-multiple-human-parsing"),
        HubModel("m2fp-r101-single", "damo/cv_resnet101_image-single-human-parsing"),
    )
}


def find_hub_model(name: str) -> HubModel:
    """
    Raises:
        ModelError: nothing of that name is known to be published.
    """
    if name not in HUB_MODELS:
        raise ModelError(f"there is no model {name!r} to fetch; there are {', '.join(HUB_MODELS)}")
    return HUB_MODELS[name]


def is_offline() -> bool:
    """Whether the environment variable FITTINGROOM_OFFLINE forbids the network (set, and neither empty nor 0)."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def by_hand(model: HubModel) -> str:
    """What to do where the network does not lead to the hub."""
    return (
        f"To do it by hand: on a machine that has a network, save {' and '.join(FILES)} of {HUB_URL}/models/"
        f"{model.hub_id} (revision {model.revision}); put both into {model.folder} here, and run "
        f"`fittingroom models import {model.folder} --accept-noncommercial`"
    )


def fetch(model: HubModel, *, progress: Progress = lambda name, done, size: None) -> Path:
    """Bring the model's files into its download folder; what is there and whole is not fetched again.

    A download that was interrupted goes on where it stopped. A file takes its name when its hash is the hub's.

    Returns:
        The folder.

    Raises:
        ModelError: the network is forbidden or does not answer, or a file is not the one that the hub lists.
        OutputError: no space, no permission.
    """
    if is_offline():
        raise ModelError(f"{OFFLINE_VARIABLE} is set, so {model.name} is not fetched. {by_hand(model)}")
    try:
        listed = _list_files(model)
        for file in listed:
            _fetch_file(model, file, progress)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise ModelError(
            f"{model.name} cannot be fetched from {_hub_url()} ({_reason(error)}). What has come so far is kept, and "
            f"the same command goes on with it. {by_hand(model)}"
        ) from error
    except OSError as error:
        raise OutputError(
            f"cannot write to {model.folder}: {error.strerror or error}; make room, allow writing to it, or name "
            f"another folder in {HOME_VARIABLE}"
        ) from error
    return model.folder


def _list_files(model: HubModel) -> list[HubFile]:
    url = f"{_hub_url()}/api/v1/models/{model.hub_id}/repo/files?Revision={quote(model.revision)}&Recursive=true"
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        text = answer.read()
    try:
        entries = {entry["Path"]: entry for entry in json.loads(text)["Data"]["Files"]}
        return [HubFile(name, int(entries[name]["Size"]), str(entries[name]["Sha256"]).lower()) for name in FILES]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{_hub_url()} does not list {' and '.join(FILES)} of {model.hub_id} as expected "
            f"({type(error).__name__}: {error}). {by_hand(model)}"
        ) from error


def _fetch_file(model: HubModel, file: HubFile, progress: Progress) -> None:
    target, partial = model.folder / file.name, model.folder / f"{file.name}.part"
    if target.is_file() and target.stat().st_size == file.size_bytes and _sha256(target) == file.sha256:
        progress(file.name, file.size_bytes, file.size_bytes)
        return
    model.folder.mkdir(parents=True, exist_ok=True)
    there = partial.stat().st_size if partial.is_file() else 0
    if there > file.size_bytes:
        there = 0
    free = shutil.disk_usage(model.folder).free
    if free < file.size_bytes - there:
        raise OutputError(
            f"{file.name} needs {(file.size_bytes - there) / 1e6:.0f} MB more in {model.folder}, {free / 1e6:.0f} MB "
            f"are free; make room, or name another folder in {HOME_VARIABLE}"
        )
    if there < file.size_bytes:
        _download(model, file, partial, there, progress)
    digest = _sha256(partial)
    if digest != file.sha256:
        partial.unlink()
        raise ModelError(
            f"{file.name} of {model.hub_id} arrived with the sha256 {digest[:12]}..., the hub lists "
            f"{file.sha256[:12]}...; it was thrown away. Try again; if that repeats, fetch it by hand. {by_hand(model)}"
        )
    os.replace(partial, target)


def _download(model: HubModel, file: HubFile, partial: Path, there: int, progress: Progress) -> None:
    url = f"{_hub_url()}/api/v1/models/{model.hub_id}/repo?Revision={quote(model.revision)}&FilePath={quote(file.name)}"
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        goes_on = answer.status == 206  # a server that knows no ranges begins anew
        done = there if goes_on else 0
        with partial.open("ab" if goes_on else "wb") as out:
            progress(file.name, done, file.size_bytes)
            while chunk := answer.read(CHUNK_BYTES):
                out.write(chunk)
                done += len(chunk)
                progress(file.name, done, file.size_bytes)
    if done < file.size_bytes:
        raise ConnectionError(f"the connection ended after {done} of {file.size_bytes} bytes")


def _hub_url() -> str:
    return os.environ.get(HUB_VARIABLE, HUB_URL).rstrip("/")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return " ".join(str(cause).split()) or type(error).__name__
