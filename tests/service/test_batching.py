from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.protocol import NetworkOutput
from fittingroom.service.batching import BatchingEngine


@dataclass
class CountingEngine:
    """Says the mean of each picture; its first run waits for the gate."""

    gate: threading.Event = field(default_factory=threading.Event)
    sizes: list[int] = field(default_factory=list)

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        self.sizes.append(len(images_rgb))
        assert self.gate.wait(5)
        if (images_rgb == 255).all():
            raise ValueError("white")
        mean = images_rgb.mean(axis=(1, 2, 3), dtype=np.float32)
        return NetworkOutput(
            mean[:, None, None, None], mean[:, None, None], mean[:, None, None, None],
            point_heat=mean[:, None, None, None] if finer else None,
        )  # fmt: skip


def picture(value: int, *, side: int = 16, count: int = 1) -> NDArray[np.uint8]:
    return np.full((count, side, side, 3), value, np.uint8)


def run_behind(counting: CountingEngine, engine: BatchingEngine, pictures: list[NDArray[np.uint8]]) -> list[float]:
    """The first picture occupies the engine, the others gather behind it."""
    with ThreadPoolExecutor(len(pictures)) as pool:
        futures = []
        for number, images in enumerate(pictures, start=1):
            futures.append(pool.submit(engine.run, images))
            while len(counting.sizes) + len(engine._waiting) < number:
                time.sleep(0.001)
        counting.gate.set()
        return [float(future.result(5).centre_heat[0, 0, 0]) for future in futures]


def test_pictures_that_gather_share_a_run_and_get_their_own_answers() -> None:
    counting = CountingEngine()
    engine = BatchingEngine(counting, max_pictures=8)
    assert run_behind(counting, engine, [picture(value) for value in (1, 2, 3, 4)]) == [1, 2, 3, 4]
    assert counting.sizes == [1, 3]


def test_a_run_holds_no_more_pictures_than_allowed_and_only_of_one_size() -> None:
    counting = CountingEngine()
    engine = BatchingEngine(counting, max_pictures=4)
    pictures = [picture(1), picture(2, count=2), picture(3, side=32), picture(4, count=2), picture(5, count=2)]
    assert run_behind(counting, engine, pictures) == [1, 2, 3, 4, 5]
    assert sorted(counting.sizes) in ([1, 1, 2, 4], [1, 1, 2, 2, 2])


def test_an_error_reaches_all_who_shared_the_run_and_nobody_else() -> None:
    counting = CountingEngine()
    counting.gate.set()
    engine = BatchingEngine(counting, max_pictures=4)
    with pytest.raises(ValueError, match="white"):
        engine.run(picture(255))
    assert engine.run(picture(7)).centre_heat.item() == 7


def test_finer_outputs_are_given_to_those_who_asked() -> None:
    counting = CountingEngine()
    counting.gate.set()
    engine = BatchingEngine(counting, max_pictures=4)
    assert engine.run(picture(7)).point_heat is None
    finer = engine.run(picture(7), finer=True).point_heat
    assert finer is not None
    assert finer.item() == 7
