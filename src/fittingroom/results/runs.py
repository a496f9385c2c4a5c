"""Horizontal runs of equal pixels: everything a result says about people and parts is summed over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fittingroom.results.pieces import BoxXyxy


@dataclass(frozen=True)
class Runs:
    """Runs of pixels of the same label, detail and person: some thousands where the maps have millions of pixels."""

    y: npt.NDArray[np.intp]
    x0: npt.NDArray[np.intp]
    length: npt.NDArray[np.intp]
    label: npt.NDArray[np.uint8]
    person: npt.NDArray[np.uint16]
    detail: npt.NDArray[np.uint8]
    confidence_sum: npt.NDArray[np.uint32]
    detail_confidence_sum: npt.NDArray[np.uint32]

    @staticmethod
    def of(
        label_map: npt.NDArray[np.uint8],
        person_map: npt.NDArray[np.uint16],
        confidence: npt.NDArray[np.uint8],
        detail_map: npt.NDArray[np.uint8] | None = None,
        detail_confidence: npt.NDArray[np.uint8] | None = None,
    ) -> Runs:
        """Runs of the rows between the first and the last that shows anything; maps (H, W)."""
        maps = (label_map, person_map) if detail_map is None else (label_map, person_map, detail_map)
        rows = np.flatnonzero(np.any([ids.max(axis=1) > 0 for ids in maps], axis=0))
        window = np.s_[int(rows[0]) : int(rows[-1]) + 1] if rows.size else np.s_[0:0]
        width = label_map.shape[1]
        starts = _run_starts(tuple(ids[window].reshape(-1) for ids in maps), width)
        labels = label_map[window].reshape(-1)
        confidence_sum = _sums(confidence[window], starts)
        return Runs(
            y=starts // width + (window.start or 0),
            x0=starts % width,
            length=np.diff(starts, append=labels.size),
            label=labels[starts],
            person=person_map[window].reshape(-1)[starts],
            detail=np.zeros(starts.size, np.uint8) if detail_map is None else detail_map[window].reshape(-1)[starts],
            confidence_sum=confidence_sum,
            detail_confidence_sum=(
                confidence_sum if detail_confidence is None else _sums(detail_confidence[window], starts)
            ),
        )

    def __getitem__(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Runs:
        return Runs(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})


def _run_starts(maps: tuple[npt.NDArray[np.unsignedinteger], ...], width: int) -> npt.NDArray[np.intp]:
    """Where one of the maps (flattened, rows of ``width``) changes, and where a row begins."""
    is_start = np.zeros(maps[0].size, bool)
    for ids in maps:
        is_start[1:] |= ids[1:] != ids[:-1]
    is_start[::width] = True
    return np.flatnonzero(is_start)


def _sums(confidence: npt.NDArray[np.uint8], starts: npt.NDArray[np.intp]) -> npt.NDArray[np.uint32]:
    # A sum over a row at most 2**24 wide fits 32 bits.
    if not starts.size:
        return np.zeros(0, np.uint32)
    return np.add.reduceat(confidence.reshape(-1), starts, dtype=np.uint32)


class Stretch(NamedTuple):
    """Measures of the runs of one person or part; ``mean`` is the mean confidence in [0, 1]."""

    person_id: int
    mean: float
    box_xyxy: BoxXyxy
    area_px: int


def stretches(runs: Runs, firsts: npt.NDArray[np.intp], confidence_sum: npt.NDArray[np.uint32]) -> Iterator[Stretch]:
    """Measures of each stretch of runs; a stretch goes from one of ``firsts`` to the next."""
    if not firsts.size:
        return
    areas = np.add.reduceat(runs.length, firsts)
    means = np.add.reduceat(confidence_sum, firsts, dtype=np.int64) / (255 * areas)
    columns = (
        runs.person[firsts],
        means,
        np.minimum.reduceat(runs.x0, firsts),
        np.minimum.reduceat(runs.y, firsts),
        np.maximum.reduceat(runs.x0 + runs.length, firsts),
        np.maximum.reduceat(runs.y, firsts) + 1,
        areas,
    )
    for person_id, mean, x0, y0, x1, y1, area in zip(*(c.tolist() for c in columns), strict=True):
        yield Stretch(person_id, mean, (x0, y0, x1, y1), area)
