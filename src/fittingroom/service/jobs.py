"""Jobs: many photos that nobody waits for with an open connection. All in memory, and gone when their time is over."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from fittingroom.service.answers import zip_of
from fittingroom.service.problems import Problem
from fittingroom.service.uploads import Upload

UNFETCHED_S = 600  # how long results wait to be fetched where no retention time is set
HEARTBEAT_S = 15.0  # a comment line this often keeps proxies from closing a silent stream
LOOK_UP_S = 1.0  # how often a stream looks whether the service is being stopped
FINAL_STATES = ("finished", "cancelled")
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Done:
    """What became of one photo: files for the archive by path, or a problem document."""

    people: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)
    problem: Mapping[str, object] | None = None


class Job:
    """Photos with one order. Safe to use from several threads.

    Attributes:
        id: 128 random bits: who knows it may ask for it.
        owner: name of the API key it came with; empty without keys.
        held_bytes: of its photos that are not parsed yet and of its results.
    """

    def __init__(self, uploads: Sequence[Upload], owner: str) -> None:
        self.id, self.owner = secrets.token_urlsafe(16), owner
        self.held_bytes = sum(len(upload.encoded) for upload in uploads)
        self.finished_s: float | None = None  # wall clock
        self._created_s = time.time()
        self._state = "waiting"
        self._names = [photo_name(number, upload.stem) for number, upload in enumerate(uploads, start=1)]
        self._done: dict[int, Done] = {}
        self._futures: list[Future[None]] = []
        self._files: dict[str, bytes] = {}
        self._changed = threading.Condition()

    @property
    def names(self) -> Sequence[str]:
        """Name of each photo in the archive, all different: its number and its file's stem."""
        return self._names

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self._state in FINAL_STATES

    def line_up(self, futures: Sequence[Future[None]]) -> None:
        """Keep the futures, to cancel those whose turn has not come."""
        with self._changed:
            self._futures = list(futures)
            if self.is_finished:
                self._cancel_futures()

    def begin(self, encoded_bytes: int) -> None:
        """A photo is being worked on, and is not kept any longer."""
        with self._changed:
            if self._state == "waiting":
                self._state = "running"
            self.held_bytes -= encoded_bytes
            self._changed.notify_all()

    def add(self, index: int, done: Done) -> None:
        """What became of the photo with this index, from 0."""
        with self._changed:
            if self.is_finished:
                return
            self._done[index] = done if not done.files else Done(done.people)
            for path, content in done.files.items():
                self._files[path] = content
                self.held_bytes += len(content)
            if len(self._done) == len(self._names):
                self._finish("finished")
            self._changed.notify_all()

    def cancel(self) -> None:
        """Leave out the photos whose turn has not come; the results that are there stay."""
        with self._changed:
            if not self.is_finished:
                self._finish("cancelled")
            self._cancel_futures()
            self._changed.notify_all()

    def archive(self) -> bytes:
        """The ZIP of all results.

        Raises:
            Problem: the job is not finished.
        """
        with self._changed:
            if not self.is_finished:
                raise Problem("not-finished", f"{len(self._done)} of {len(self._names)} photos are done")
            return zip_of(self._files)

    def state(self) -> dict[str, object]:
        """How far it is, ready for JSON."""
        with self._changed:
            return {
                "id": self.id,
                "state": self._state,
                "photos": len(self._names),
                "done": len(self._done),
                "failed": sum(done.problem is not None for done in self._done.values()),
                "people": sum(done.people for done in self._done.values()),
                "age_s": round(time.time() - self._created_s, 1),
                "links": {
                    "self": f"/v1/jobs/{self.id}",
                    "events": f"/v1/jobs/{self.id}/events",
                    "result": f"/v1/jobs/{self.id}/result",
                },
            }

    def events(self, *, is_stopping: Callable[[], bool], heartbeat_s: float = HEARTBEAT_S) -> Iterator[str]:
        """Server-sent events: ``progress`` at each change, at last ``finished``; ends early when the service stops."""
        shown: tuple[object, object] = ("", 0)
        spoke_s = time.monotonic()
        yield "retry: 2000\n\n"
        while not is_stopping():
            state = self.state()
            progress = (state["state"], state["done"])
            if progress != shown:
                shown, spoke_s = progress, time.monotonic()
                name = "finished" if state["state"] in FINAL_STATES else "progress"
                yield f"event: {name}\nid: {state['done']}\ndata: {json.dumps(state)}\n\n"
            elif time.monotonic() - spoke_s > heartbeat_s:
                spoke_s = time.monotonic()
                yield ": still there\n\n"
            if shown[0] in FINAL_STATES:
                return
            with self._changed:
                if (self._state, len(self._done)) == shown:
                    self._changed.wait(LOOK_UP_S)

    def _finish(self, state: str) -> None:
        entries = [
            {"photo": name, "people": done.people} if done.problem is None else {"photo": name, "problem": done.problem}
            for name, done in ((name, self._done.get(index, Done())) for index, name in enumerate(self._names))
        ]
        summary = {"state": state, "photos": entries}
        self._files["summary.json"] = json.dumps(summary, ensure_ascii=False, indent=2).encode()
        self._state, self.finished_s = state, time.time()
        # Photos whose turn will not come are not held any longer.
        self.held_bytes = sum(map(len, self._files.values()))

    def _cancel_futures(self) -> None:
        for future in self._futures:
            future.cancel()
        self._futures = []


class JobStore:
    """All jobs, each until it is deleted, fetched, or its time is over.

    Args:
        max_bytes: of all jobs together; further ones are refused.
        retention_s: how long results are kept; 0 means until they are fetched, and UNFETCHED_S at most.
    """

    def __init__(self, *, max_bytes: int, retention_s: int) -> None:
        self._max_bytes, self._retention_s = max_bytes, retention_s
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def create(self, uploads: Sequence[Upload], owner: str) -> Job:
        """A new job.

        Raises:
            Problem: all jobs together would hold too many bytes.
        """
        self.forget_old()
        job = Job(uploads, owner)
        with self._lock:
            held_bytes = sum(other.held_bytes for other in self._jobs.values())
            if held_bytes + job.held_bytes > self._max_bytes:
                raise Problem(
                    "too-many-jobs",
                    f"jobs hold {held_bytes / 2**20:.0f} MiB, this one has {job.held_bytes / 2**20:.0f} MiB; all "
                    f"together may have {self._max_bytes / 2**20:.0f} MiB",
                    retry_after_s=60,
                )
            self._jobs[job.id] = job
        return job

    def find(self, job_id: str, owner: str) -> Job:
        """The job, for its owner.

        Raises:
            Problem: there is none, or it is somebody else's, which looks the same from outside.
        """
        self.forget_old()
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise Problem("not-found", "there is no such job; it may have been deleted, fetched or too old")
        return job

    def delete(self, job: Job) -> None:
        """Cancel it and forget all of it."""
        with self._lock:
            self._jobs.pop(job.id, None)
        job.cancel()

    def fetched(self, job: Job) -> None:
        """Its results were sent: without a retention time they are not kept."""
        if not self._retention_s:
            self.delete(job)

    def forget_old(self) -> None:
        """Delete the jobs whose time is over."""
        oldest_s = time.time() - (self._retention_s or UNFETCHED_S)
        for job in list(self._jobs.values()):
            if job.finished_s is not None and job.finished_s < oldest_s:
                self.delete(job)

    def sweep_until(self, stopping: threading.Event, interval_s: float = 5.0) -> None:
        """Go on forgetting, also when nobody asks; to be run in a thread of its own."""
        while not stopping.wait(interval_s):
            self.forget_old()

    def __len__(self) -> int:
        return len(self._jobs)


def photo_name(number: int, stem: str) -> str:
    """A name for a photo's results that is safe in an archive: "0001-beach"."""
    safe = _UNSAFE.sub("-", stem)[:60].strip("-.")
    return f"{number:04}-{safe}" if safe else f"{number:04}"
