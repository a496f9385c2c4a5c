"""What Prometheus can ask: requests, times by stage, the queue, people, memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from fittingroom.service.work_queue import WorkQueue

STAGES = ("wait", "decode", "parse", "wear", "encode")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PEOPLE = (0, 1, 2, 3, 5, 8, 13, 21)


class Metrics:
    """The figures of one application."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, queue: WorkQueue) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory and CPU time; on Linux only
        self._requests = Counter(
            "fittingroom_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry
        )
        self._request_s = Histogram(
            "fittingroom_request_seconds", "From a request's arrival to its answer.", ("route",),
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._stage_s = Histogram(
            "fittingroom_stage_seconds", "Of one photo: waiting, decoding, parsing, trying on, encoding.", ("stage",),
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._people = Histogram(
            "fittingroom_people_per_photo", "People found in a photo.", buckets=_PEOPLE, registry=self._registry
        )
        waiting = Gauge("fittingroom_queue_waiting", "Photos that wait, those of jobs too.", registry=self._registry)
        waiting.set_function(lambda: queue.waiting)
        admitted = Gauge("fittingroom_queue_admitted", "Photos of requests inside now.", registry=self._registry)
        admitted.set_function(lambda: queue.admitted)
        Gauge("fittingroom_queue_capacity", "Photos of requests that may be inside.", registry=self._registry).set(
            queue.capacity
        )

    def count_request(self, route: str, method: str, status: int, duration_s: float) -> None:
        """A request was answered."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_s.labels(route).observe(duration_s)

    def count_photo(self, people: int, stages: Stages) -> None:
        """A photo was parsed."""
        self._people.observe(people)
        for stage, duration_s in stages.durations_s.items():
            self._stage_s.labels(stage).observe(duration_s)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


@dataclass
class Stages:
    """How long the stages of one photo took; the first begins now."""

    durations_s: dict[str, float] = field(default_factory=dict)
    _begun_s: float = field(default_factory=time.perf_counter)

    def end(self, stage: str) -> None:
        """The stage ends here and the next begins."""
        now_s = time.perf_counter()
        self.durations_s[stage] = self.durations_s.get(stage, 0.0) + now_s - self._begun_s
        self._begun_s = now_s

    def server_timing(self) -> str:
        """For the header Server-Timing, in milliseconds."""
        return ", ".join(f"{stage};dur={duration_s * 1e3:.1f}" for stage, duration_s in self.durations_s.items())
