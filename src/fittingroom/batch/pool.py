"""A pool of processes that survives the death of any of them.

Tasks go out in their order, a few ahead to each process, so that the next is fetched while one is worked on. When a
process ends, whatever ended it, another takes its place and its tasks are done again. A task that has ended three
processes is given up, for it would end them all. Nothing here knows of photos.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar, cast

from fittingroom.errors import WorkerError

Task = TypeVar("Task")
Task_in = TypeVar("Task_in", contravariant=True)
Answer = TypeVar("Answer")
Answer_out = TypeVar("Answer_out", covariant=True)

AHEAD = 3  # tasks that a process has at one time: one it works on, one that is ready, one that is fetched
MOST_ENDS = 3  # processes that may end at one task, or before they are ready
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Worker(Protocol[Task_in, Answer_out]):
    """What a process does with each task: `fetch` in one thread, `finish` in another with what that gave."""

    def fetch(self, task: Task_in, /) -> Any: ...

    def finish(self, fetched: Any, /) -> Answer_out: ...


class Opening(Protocol[Task_in, Answer_out]):
    """Makes the worker, in the process that it works in; is sent there, so it can be pickled."""

    def open(self) -> Worker[Task_in, Answer_out]: ...


@dataclass(frozen=True)
class Ended:
    """The answer to a task at which one process after the other ended. exit_code: of the last; -9 is SIGKILL."""

    exit_code: int | None


@dataclass(eq=False)
class _Member(Generic[Task]):
    process: SpawnProcess
    connection: Connection
    tasks: deque[tuple[int, Task]] = field(default_factory=deque)
    is_ready: bool = False


class ProcessPool(Generic[Task, Answer]):
    """Runs tasks in processes; a context manager that ends them.

    Args:
        opening: makes what works.
        processes: how many.
    """

    def __init__(self, opening: Opening[Task, Answer], *, processes: int) -> None:
        self._opening = opening
        self._context = multiprocessing.get_context("spawn")
        self._members: list[_Member[Task]] = [self._start() for _ in range(processes)]
        self._early_ends = 0

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that are there now."""
        return [member.process.pid for member in self._members if member.process.pid is not None]

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Answer | Ended]]:
        """(number of the task, its answer), as they come. Tasks are taken when a process has room for one.

        Raises:
            WorkerError: processes end before they are ready.
            Exception: what opening a worker, or its `finish`, raised.
        """
        waiting: Iterator[tuple[int, Task]] = enumerate(tasks)
        again: deque[tuple[int, Task]] = deque()  # tasks of processes that ended
        ends: dict[int, int] = {}
        while True:
            self._hand_out(waiting, again)
            if not any(member.tasks for member in self._members):
                return
            by_signal: dict[Any, _Member[Task]] = {member.connection: member for member in self._members}
            for connection in wait(list(by_signal)):
                member = by_signal[connection]
                try:
                    kind, content = member.connection.recv()
                except (EOFError, OSError):
                    yield from self._replace(member, again, ends)
                    continue
                if kind == "failed":
                    raise content
                if kind == "ready":
                    member.is_ready, self._early_ends = True, 0
                else:
                    number, _ = member.tasks.popleft()
                    ends.pop(number, None)
                    yield number, content
                    del content

    def close(self) -> None:
        """End the processes."""
        for member in self._members:
            member.connection.close()  # which they notice, and end
            member.process.terminate()
        for member in self._members:
            member.process.join(5)
            if member.process.is_alive():
                member.process.kill()
                member.process.join()

    def __enter__(self) -> ProcessPool[Task, Answer]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> _Member[Task]:
        here, there = self._context.Pipe()
        process = self._context.Process(target=_work, args=(there, self._opening), daemon=True)
        with _one_thread_each():
            process.start()
        there.close()
        return _Member(process, here)

    def _hand_out(self, waiting: Iterator[tuple[int, Task]], again: deque[tuple[int, Task]]) -> None:
        """Give every process tasks until it has enough, those first that have the fewest."""
        while True:
            member = min(self._members, key=lambda member: len(member.tasks))
            if len(member.tasks) >= AHEAD:
                return
            numbered = again.popleft() if again else next(waiting, None)
            if numbered is None:
                return
            member.tasks.append(numbered)
            try:
                member.connection.send(numbered[1])
            except OSError:
                return  # it has ended: its connection says so too, and the task is done again

    def _replace(
        self, member: _Member[Task], again: deque[tuple[int, Task]], ends: dict[int, int]
    ) -> Iterator[tuple[int, Ended]]:
        """Put another process in the place of one that has ended."""
        member.connection.close()
        member.process.join()
        if not member.is_ready:
            self._early_ends += 1
            if self._early_ends >= MOST_ENDS * len(self._members):
                raise WorkerError(
                    f"processes end before they are ready, the last with code {member.process.exitcode}; is there "
                    "enough memory for so many? Take fewer with --processes"
                )
        elif member.tasks:  # the first is the one that it worked on
            number, _ = member.tasks[0]
            ends[number] = ends.get(number, 0) + 1
            if ends[number] >= MOST_ENDS:
                member.tasks.popleft()
                del ends[number]
                yield number, Ended(member.process.exitcode)
        again.extendleft(reversed(member.tasks))
        self._members[self._members.index(member)] = self._start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that begin here have libraries of one thread: numpy's count is fixed when it is imported."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(connection: Connection, opening: Opening[Any, Any]) -> None:
    """What a process does: make the worker, then answer tasks until the other end is closed."""
    # Ctrl-C reaches the whole group of processes; the one that started this one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        worker = opening.open()
    except Exception as error:  # noqa: BLE001 - raised again where the pool is
        _tell(connection, ("failed", _sendable(error)))
        return
    if not _tell(connection, ("ready", None)):
        return
    fetched: queue.Queue[Any] = queue.Queue()

    def fetch_all() -> None:
        while True:
            try:
                task = connection.recv()
            except (EOFError, OSError):
                fetched.put(None)
                return
            fetched.put((worker.fetch(task),))

    threading.Thread(target=fetch_all, name="fetch", daemon=True).start()
    while (item := fetched.get()) is not None:
        try:
            message = ("answer", worker.finish(item[0]))
        except Exception as error:  # noqa: BLE001 - as above
            message = ("failed", _sendable(error))
        if not _tell(connection, message):
            return


def _end_with_parent() -> None:
    """Nobody wants the answers of an orphan, however long it would still work on one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _tell(connection: Connection, message: tuple[str, Any]) -> bool:
    """Send a message; whether anybody is there to receive it."""
    try:
        connection.send(message)
    except OSError:
        return False
    return True


def _sendable(error: Exception) -> Exception:
    """The error, or one of the same words where it cannot be sent."""
    import pickle

    try:
        return cast("Exception", pickle.loads(pickle.dumps(error)))
    except Exception:  # noqa: BLE001 - classes with other constructors raise anything
        return WorkerError(f"{type(error).__name__}: {error}")
