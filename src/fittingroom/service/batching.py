"""Micro-batches: pictures of one size that arrive while the network runs share its next run."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import Engine, NetworkOutput


@dataclass(eq=False)
class _Call:
    images_rgb: NDArray[np.uint8]
    finer: bool
    output: NetworkOutput | None = None
    error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.output is not None or self.error is not None

    def goes_with(self, other: _Call) -> bool:
        """Whether one run can do both: pictures of one height and width, and the same asked of them."""
        return self.finer == other.finer and self.images_rgb.shape[1:] == other.images_rgb.shape[1:]


class BatchingEngine:
    """An engine that runs another one, never twice at a time, with up to `max_pictures` in each run.

    Nobody waits for company: a picture that finds the engine idle runs at once, alone. Only what gathers while it is
    busy goes together. The thread of one of the callers does the run, so that there is none to look after.
    """

    def __init__(self, engine: Engine, *, max_pictures: int) -> None:
        self._engine, self._max_pictures = engine, max_pictures
        self._waiting: list[_Call] = []
        self._is_running = False
        self._changed = threading.Condition()

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """See :class:`fittingroom.engine.protocol.Engine`."""
        call = _Call(images_rgb, finer)
        with self._changed:
            self._waiting.append(call)
            while self._is_running and not call.is_done:
                self._changed.wait()
            batch = [] if call.is_done else self._gather(call)
            self._is_running = self._is_running or bool(batch)
        if batch:
            try:
                self._run_together(batch)
            finally:
                with self._changed:
                    self._is_running = False
                    self._changed.notify_all()
        if call.error is not None:
            raise call.error
        assert call.output is not None
        return call.output

    def _gather(self, first: _Call) -> list[_Call]:
        """The call itself, and those that wait beside it and go with it, not too many in all."""
        batch, pictures = [first], len(first.images_rgb)
        for call in self._waiting:
            if call is not first and call.goes_with(first) and pictures + len(call.images_rgb) <= self._max_pictures:
                batch.append(call)
                pictures += len(call.images_rgb)
        self._waiting = [call for call in self._waiting if call not in batch]
        return batch

    def _run_together(self, batch: list[_Call]) -> None:
        try:
            said = self._engine.run(np.concatenate([call.images_rgb for call in batch]), finer=batch[0].finer)
        except BaseException as error:  # noqa: BLE001 - raised again in every caller's thread
            for call in batch:
                call.error = error
            return
        first = 0
        for call in batch:
            own = slice(first, first + len(call.images_rgb))
            call.output = NetworkOutput(
                class_logits=said.class_logits[own],
                centre_heat=said.centre_heat[own],
                centre_offsets_px=said.centre_offsets_px[own],
                detail_logits=None if said.detail_logits is None else said.detail_logits[own],
                point_heat=None if said.point_heat is None else said.point_heat[own],
            )
            first = own.stop
