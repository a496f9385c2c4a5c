"""The bounded queue in front of the engine: a few threads, work in turn, and a clear no when too much waits."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, TypeVar

from fittingroom.errors import ClientLeftError, DeadlineError, QueueFullError

T = TypeVar("T")
FOREGROUND_TURNS = 4  # so many requests go first, then a photo of a job has its turn
LOOK_UP_S = 0.1  # how often a waiting request asks whether its client is still there
NEWEST_SHARE = 0.2  # of the newest piece of work in the mean duration
FIRST_GUESS_S = 0.2  # duration of a piece of work before any was measured


@dataclass
class _Ticket(Generic[T]):
    future: Future[T]
    work: Callable[[], T]


class WorkQueue:
    """Does work in the order of its arrival, `workers` pieces at a time.

    Two lanes: requests that somebody waits for, whose number of photos is bounded (`admit`), and the photos of jobs,
    which have their turn when nobody waits, and otherwise after every few requests. Safe to use from several threads.

    Args:
        workers: threads.
        capacity: photos of requests that may be inside.
        longest_wait_s: nor more of them than can be expected to be done in this time, going by the last ones: what is
            let in should be answered before its deadline.
    """

    def __init__(self, *, workers: int, capacity: int, longest_wait_s: float) -> None:
        self.capacity, self.longest_wait_s = capacity, longest_wait_s
        self._foreground: deque[_Ticket[Any]] = deque()
        self._background: deque[_Ticket[Any]] = deque()
        self._foreground_turns = 0
        self._admitted = 0
        self._is_stopping = False
        self._mean_work_s = FIRST_GUESS_S
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._serve, name=f"work-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    @property
    def admitted(self) -> int:
        """Photos of requests that are inside now."""
        return self._admitted

    @property
    def waiting(self) -> int:
        """Photos that no thread works on yet, jobs included."""
        return len(self._foreground) + len(self._background)

    def admit(self, photos: int = 1) -> Admission:
        """A place for the photos of one request, until the admission is left as a context manager.

        Raises:
            QueueFullError: there is no room.
        """
        return Admission(self, photos)

    def submit(self, work: Callable[[], T], *, in_background: bool = False) -> Future[T]:
        """Have `work` done by one of the threads; cancelling the future before its turn leaves it out."""
        future: Future[T] = Future()
        with self._changed:
            if self._is_stopping:
                future.cancel()
                return future
            (self._background if in_background else self._foreground).append(_Ticket(future, work))
            self._changed.notify()
        return future

    def stop(self, timeout_s: float) -> bool:
        """Finish the requests inside, leave out the photos of jobs, end the threads.

        Returns:
            Whether everything was finished within the time.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._is_stopping = True
            for ticket in self._background:
                ticket.future.cancel()
            self._background.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def take_places(self, photos: int) -> None:
        """See `admit`; each place is to be given back."""
        with self._changed:
            wait_s = (self._admitted + photos) * self._mean_work_s / len(self._threads)
            is_too_long = self._admitted > 0 and wait_s > self.longest_wait_s
            if self._is_stopping or is_too_long or self._admitted + photos > self.capacity:
                raise QueueFullError(
                    f"{self._admitted} photos are inside already; with {photos} more the last would wait for about "
                    f"{wait_s:.0f} s",
                    retry_after_s=self._retry_after_s(),
                )
            self._admitted += photos

    def give_back_places(self, photos: int) -> None:
        """The photos are answered."""
        with self._changed:
            self._admitted -= photos

    def _retry_after_s(self) -> int:
        """When a quarter of what waits will be done."""
        return max(1, math.ceil(self._admitted * self._mean_work_s / len(self._threads) / 4))

    def _serve(self) -> None:
        while (ticket := self._next()) is not None:
            if not ticket.future.set_running_or_notify_cancel():
                continue
            started_s = time.monotonic()
            try:
                answer = ticket.work()
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                ticket.future.set_exception(error)
            else:
                ticket.future.set_result(answer)
                del answer
            self._mean_work_s += NEWEST_SHARE * (time.monotonic() - started_s - self._mean_work_s)
            # Nothing here may keep the photo alive while the thread waits for the next.
            del ticket

    def _next(self) -> _Ticket[Any] | None:
        with self._changed:
            while not self._foreground and not self._background:
                if self._is_stopping:
                    return None
                self._changed.wait()
            if self._foreground and (not self._background or self._foreground_turns < FOREGROUND_TURNS):
                self._foreground_turns += 1
                return self._foreground.popleft()
            self._foreground_turns = 0
            return self._background.popleft()


class Admission:
    """The places of one request in the queue; leaving it gives them back."""

    def __init__(self, queue: WorkQueue, photos: int) -> None:
        queue.take_places(photos)
        self._queue, self._photos = queue, photos

    def widen(self, photos: int) -> None:
        """Places for so many photos in all.

        Raises:
            QueueFullError: there is no room for the further ones.
        """
        if photos > self._photos:
            self._queue.take_places(photos - self._photos)
            self._photos = photos

    def leave(self) -> None:
        """Give the places back; once is enough."""
        self._queue.give_back_places(self._photos)
        self._photos = 0

    def __enter__(self) -> Admission:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def await_answer(future: Future[T], *, deadline_s: float, has_left: Callable[[], bool]) -> T:
    """The answer of some work; when it is not wanted any more, the work is left out if it has not begun.

    Args:
        future: from `WorkQueue.submit`.
        deadline_s: on the clock of `time.monotonic`.
        has_left: whether the client has gone away.

    Raises:
        DeadlineError: the deadline passed.
        ClientLeftError: the client went away.
        Exception: whatever the work raised.
    """
    while True:
        left_s = deadline_s - time.monotonic()
        try:
            return future.result(timeout=max(0.0, min(LOOK_UP_S, left_s)))
        except TimeoutError:
            if future.done():  # in this very moment, or the work itself ran into a time limit
                return future.result()
        if has_left():
            future.cancel()
            raise ClientLeftError("the client closed the connection before its answer was there")
        if left_s <= 0:
            future.cancel()
            raise DeadlineError("the photo was not parsed in time; try again when less is going on, or a smaller photo")
