"""A Ray cluster to work on: one that is there, or one of this machine alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from fittingroom.batch.processes import cores
from fittingroom.errors import MissingExtraError, WorkerError

LOCAL = "local"
# Photos do not go through Ray's store, only rows and requests do: it may be small.
LOCAL_STORE_BYTES = 256 * 2**20


@contextmanager
def connect(address: str) -> Iterator[None]:
    """Work on a cluster: the one at an address ("auto": the one this machine is in, "ray://host:10001": from outside),
    or with "local" one that is started here and ends with this. A program that is connected already stays so.

    Raises:
        MissingExtraError: Ray is not installed.
        WorkerError: no cluster answers at the address.
    """
    needs_cluster_extra()
    # What runs here is nobody else's business; it can still be set.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        yield
        return
    try:
        if address == LOCAL:
            ray.init(
                num_cpus=cores(), include_dashboard=False, object_store_memory=LOCAL_STORE_BYTES,
                logging_level=logging.WARNING,
            )  # fmt: skip
        else:
            ray.init(address=address, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WorkerError(
            f"no Ray cluster at {address}: {' '.join(str(error).split())[:300]}; start one with `ray start --head`, or "
            "give --ray without an address to start one here"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def needs_cluster_extra() -> None:
    """
    Raises:
        MissingExtraError: Ray is not installed.
    """
    if find_spec("ray") is None:
        raise MissingExtraError(
            "--ray needs Ray, which is not installed; pip install 'fittingroom[cluster]' (there is none for Windows on "
            "ARM and for Macs with Intel processors)"
        )
