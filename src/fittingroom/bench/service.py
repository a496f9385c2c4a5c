"""The service beside the parser alone: what serving adds, what eight clients get, what overload does, what memory does.

The service is a process of its own, asked over a real socket. The parser that it is compared with runs in this process,
by turns with it, with as many threads and photos at a time.
"""

from __future__ import annotations

import http.client
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

from fittingroom.bench.pictures import compose, photo_of_one
from fittingroom.errors import ServiceError
from fittingroom.export import mosaic
from fittingroom.imaging import encode_jpeg, read_photo
from fittingroom.parser import Parser

CLIENTS = 8
OVERLOAD = 3  # times the load that it can carry
READY_WITHIN_S = 120.0


@dataclass(frozen=True)
class ServicePlan:
    """What to measure. photo: a JPEG's bytes. overload_s: how long too much is asked. memory_requests: how many."""

    photo: bytes
    model: str
    threads: int
    rounds: int
    memory_requests: int
    workers: int = 2
    overload_s: float = 20.0


@dataclass(frozen=True)
class Reply:
    """An answer's status, how long it took, and how much of that decoding, parsing and encoding the photo did."""

    status: int
    duration_s: float
    stages_s: float = 0.0


@dataclass(frozen=True)
class ServiceReport:
    """The figures; times in milliseconds, rates in photos a second, memory in MiB (0 where it cannot be asked)."""

    page_ms: float
    parser_ms: float
    service_ms: float
    added_ms: float
    parser_rate: float
    service_rate: float
    overload_asked: int
    overload_answered: int
    overload_refused: int
    overload_failed: int
    refusal_median_ms: float
    refusal_95th_ms: float
    refusal_worst_ms: float
    memory_early_mib: float
    memory_late_mib: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(value, 3) for name, value in asdict(self).items()}

    def text(self) -> str:
        """For people."""
        growth = self.memory_late_mib / self.memory_early_mib - 1 if self.memory_early_mib else 0.0
        return "\n".join(
            [
                f"page after the address was printed  {self.page_ms:.0f} ms",
                f"one photo, the parser alone         {self.parser_ms:.1f} ms",
                f"one photo, over HTTP                {self.service_ms:.1f} ms",
                f"of which serving                    {self.added_ms:.1f} ms",
                f"{CLIENTS} at once, the parser alone        {self.parser_rate:.2f} photos/s",
                f"{CLIENTS} at once, over HTTP               {self.service_rate:.2f} photos/s "
                f"({self.service_rate / self.parser_rate:.0%})",
                f"{OVERLOAD} times too much                    {self.overload_asked} asked, "
                f"{self.overload_answered} answered, {self.overload_refused} refused, {self.overload_failed} failed",
                f"time of a refusal                   {self.refusal_median_ms:.1f} ms, "
                f"of 95 % at most {self.refusal_95th_ms:.1f} ms, at worst {self.refusal_worst_ms:.1f} ms",
                f"memory early and late               {self.memory_early_mib:.0f} and {self.memory_late_mib:.0f} MiB "
                f"({growth:+.1%})",
            ]
        )


def sample_photo(folder: Path, model: str) -> bytes:
    """A JPEG of one person, 1920 x 1080, made of a photo in the folder.

    Raises:
        PhotoNotFoundError: there is none of one person.
    """
    _, whole, person = photo_of_one(folder, Parser(model))
    return compose(whole, person, 1, (1080, 1920))


def run_service_benchmark(plan: ServicePlan, *, tell: Callable[[str], None]) -> ServiceReport:
    """Measure everything; `tell` gets a line before each part.

    Raises:
        ServiceError: the service does not start, or does not answer a photo.
    """
    tell("starting the service ...")
    with service(plan) as (address, pid):
        began_s = time.perf_counter()
        ask(address, "GET", "/")
        page_s = time.perf_counter() - began_s
        wait_until_ready(address)
        parser = Parser(plan.model, threads=plan.threads)

        def parse_here() -> None:
            encode_jpeg(mosaic(parser.parse(read_photo(plan.photo))))

        body, headers = multipart(plan.photo)

        def parse_there() -> Reply:
            reply = ask(address, "POST", "/parse", body, headers)
            if reply.status != 200:
                raise ServiceError(f"the service answered {reply.status} to a photo")
            return reply

        tell("one photo at a time ...")
        by_turns(1, parse_here, parse_there)  # to warm up
        here_s, there = by_turns(plan.rounds, parse_here, parse_there)
        tell(f"{CLIENTS} at a time ...")
        each = max(1, plan.rounds // 4)
        parser_rate, service_rate = rates_by_turns(plan, each, parse_here, parse_there)
        tell("too much at a time ...")
        replies = overload(lambda: ask(address, "POST", "/parse", body, headers), service_rate, plan.overload_s)
        refusals = sorted(reply.duration_s for reply in replies if reply.status == 503) or [0.0]
        tell(f"{plan.memory_requests} requests ...")
        early_mib, late_mib = memory_before_and_after(pid, plan.memory_requests, parse_there)
    return ServiceReport(
        page_ms=page_s * 1e3,
        parser_ms=median(here_s) * 1e3,
        service_ms=median(reply.duration_s for reply in there) * 1e3,
        added_ms=median(reply.duration_s - reply.stages_s for reply in there) * 1e3,
        parser_rate=parser_rate,
        service_rate=service_rate,
        overload_asked=len(replies),
        overload_answered=sum(reply.status == 200 for reply in replies),
        overload_refused=sum(reply.status == 503 for reply in replies),
        overload_failed=sum(reply.status not in (200, 503) for reply in replies),
        refusal_median_ms=median(refusals) * 1e3,
        refusal_95th_ms=refusals[len(refusals) * 95 // 100] * 1e3,
        refusal_worst_ms=refusals[-1] * 1e3,
        memory_early_mib=early_mib,
        memory_late_mib=late_mib,
    )


@contextmanager
def service(plan: ServicePlan) -> Iterator[tuple[tuple[str, int], int]]:
    """A service on a free port, as ((host, port), process id); told to end afterwards.

    Raises:
        ServiceError: it ended before it printed its address.
    """
    settings = {"port": 0, "models": plan.model, "threads": plan.threads, "workers": plan.workers}
    flags = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    program = "from fittingroom.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", *flags]
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://([^\s:]+):(\d+)", process.stdout.readline())
            if found is None:
                raise ServiceError("the service did not start")
            yield (found[1], int(found[2])), process.pid
        except ServiceError as error:
            log.seek(0)
            raise ServiceError(f"{error}; the end of its log: {log.read()[-2000:]}") from error
        finally:
            process.terminate()


def ask(
    address: tuple[str, int], method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Reply:
    """One request on a connection of its own; status 0 means that there was no answer."""
    began_s = time.perf_counter()
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        timing = re.findall(r"(?:decode|parse|encode);dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
        return Reply(answer.status, time.perf_counter() - began_s, sum(map(float, timing)) / 1e3)
    except (OSError, http.client.HTTPException):
        return Reply(0, time.perf_counter() - began_s)
    finally:
        connection.close()


def multipart(photo: bytes) -> tuple[bytes, dict[str, str]]:
    """The body of a form with the photo in the field ``image``, and its headers."""
    edge = secrets.token_hex(12)
    head = f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n\r\n'
    body = head.encode() + photo + f"\r\n--{edge}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={edge}"}


def wait_until_ready(address: tuple[str, int]) -> None:
    """
    Raises:
        ServiceError: the models were not loaded in time.
    """
    deadline_s = time.monotonic() + READY_WITHIN_S
    while ask(address, "GET", "/readyz").status != 200:
        if time.monotonic() > deadline_s:
            raise ServiceError(f"the service was not ready within {READY_WITHIN_S:.0f} s")
        time.sleep(0.1)


def by_turns(
    rounds: int, parse_here: Callable[[], None], parse_there: Callable[[], Reply]
) -> tuple[list[float], list[Reply]]:
    """Seconds of the parser alone, and replies of the service, one of each in every round."""
    here_s, there = [], []
    for _ in range(rounds):
        began_s = time.perf_counter()
        parse_here()
        here_s.append(time.perf_counter() - began_s)
        there.append(parse_there())
    return here_s, there


def rates_by_turns(
    plan: ServicePlan, each: int, parse_here: Callable[[], None], parse_there: Callable[[], Reply]
) -> tuple[float, float]:
    """Photos a second: the parser alone, as many at a time as the service works on; the service with CLIENTS clients.

    Twice each, by turns; of each the better one counts, for other programs only ever make it slower.
    """
    here, there = [], []
    for _ in range(2):
        here.append(rate(parse_here, plan.workers, each * CLIENTS // plan.workers))
        there.append(rate(parse_there, CLIENTS, each))
    return max(here), max(there)


def rate(work: Callable[[], object], threads: int, each: int) -> float:
    """Pieces of work a second that so many threads do together."""
    began_s = time.perf_counter()
    run_together([lambda: [work() for _ in range(each)] for _ in range(threads)])
    return threads * each / (time.perf_counter() - began_s)


def overload(ask_once: Callable[[], Reply], carried_rate: float, duration_s: float) -> list[Reply]:
    """Replies to requests that come OVERLOAD times as fast as they can be answered, whatever becomes of the others."""
    replies: list[Reply] = []
    interval_s = 1 / (OVERLOAD * carried_rate)
    began_s = time.perf_counter()
    threads = []
    for number in range(max(1, round(duration_s / interval_s))):
        time.sleep(max(0.0, began_s + number * interval_s - time.perf_counter()))
        threads.append(threading.Thread(target=lambda: replies.append(ask_once())))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return replies


def memory_before_and_after(pid: int, requests: int, parse_there: Callable[[], object]) -> tuple[float, float]:
    """Resident memory of the service in MiB, after a tenth of the requests and after all; CLIENTS at a time."""
    early = max(1, requests // 10 // CLIENTS)
    rate(parse_there, CLIENTS, early)
    early_mib = rss_mib(pid)
    rate(parse_there, CLIENTS, max(1, requests // CLIENTS - early))
    return early_mib, rss_mib(pid)


def rss_mib(pid: int) -> float:
    """Resident memory of a process; 0 where the system has no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def run_together(tasks: Sequence[Callable[[], object]]) -> None:
    """Run each in a thread of its own; the first error of any is raised."""
    errors: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
