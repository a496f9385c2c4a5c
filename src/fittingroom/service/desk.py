"""The desk: where the blueprints hand in photos, have them parsed in turn, and get answers back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

import flask

from fittingroom.errors import LabelError, ModelError
from fittingroom.imaging import Photo, ReadLimits, read_photo
from fittingroom.labels import LabelSet
from fittingroom.parsing.pixel_parser import Schema
from fittingroom.results import ParseResult
from fittingroom.service.access import ApiKeys, RateLimit
from fittingroom.service.answers import Wish, encode_files
from fittingroom.service.metrics import Metrics, Stages
from fittingroom.service.models import Models, PhotoParser
from fittingroom.service.selection import choose
from fittingroom.service.settings import ServiceSettings
from fittingroom.service.work_queue import WorkQueue, await_answer

T = TypeVar("T")
LONGEST_WAIT = 0.5  # of the deadline: photos differ, and those of jobs take turns too


@dataclass(frozen=True)
class Order:
    """What is to be done with a photo.

    model: its name, empty for the first. schema: "fine" for details and body points too. parts, people: only these;
    empty means all. wish: how the result is wanted.
    """

    model: str = ""
    schema: Schema = "cihp"
    parts: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True)
class Served:
    """A photo's results as files by name, how many people it shows, and how long its stages took."""

    files: Mapping[str, bytes]
    people: int
    stages: Stages


class Desk:
    """Everything that the blueprints share. One for each application; safe to use from several threads."""

    def __init__(self, settings: ServiceSettings, models: Models) -> None:
        self.settings, self.models = settings, models
        self.queue = WorkQueue(
            workers=settings.workers,
            capacity=settings.queue_size,
            longest_wait_s=LONGEST_WAIT * settings.deadline_s,
        )
        self.metrics = Metrics(self.queue)
        self.keys = ApiKeys(settings.api_keys)
        self.rate_limit = RateLimit(settings.rate_limit)
        self.limits = ReadLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_pixels)
        self.stopping = threading.Event()

    def in_turn(self, work: Callable[[], T]) -> T:
        """Have work done for the current request: in the queue, before the deadline, while its client is there.

        Raises:
            DeadlineError: it took too long.
            ClientLeftError: the client went away.
            Exception: whatever the work raised.
        """
        return self.wait_for(self.queue.submit(work))

    def wait_for(self, future: Future[T]) -> T:
        """The answer of work that was submitted for the current request; see `in_turn`."""
        has_left: Callable[[], bool] = flask.request.environ.get("waitress.client_disconnected", lambda: False)
        return await_answer(future, deadline_s=self.deadline_s(), has_left=has_left)

    def deadline_s(self) -> float:
        """When the current request must be answered, on the clock of `time.monotonic`."""
        arrived_s: float = flask.g.arrived_s
        return arrived_s + self.settings.deadline_s

    def check_order(self, order: Order) -> None:
        """Refuse what cannot be ordered before anything waits for it.

        Raises:
            LabelError: there is no such model, schema or part.
        """
        self.models.check_name(order.model)
        if self.models.is_ready:
            label_set = label_set_of(self.models.find(order.model))
            for part in order.parts:
                label_set.id_of(part)
            known = self.models.schemas(order.model)
            if order.schema not in known:
                raise LabelError(f"the schema is {order.schema!r}; this model knows {', '.join(known)}")

    def parse(self, encoded: bytes, order: Order, deadline_s: float, stages: Stages) -> Served:
        """Parse and encode one photo; to be called from a thread of the queue.

        Raises:
            PhotoError: the photo cannot be used.
            FittingroomError: the order cannot be carried out.
        """
        stages.end("wait")
        photo = read_photo(encoded, limits=self.limits)
        stages.end("decode")
        result = self._parse_pixels(photo, order, deadline_s)
        stages.end("parse")
        people = len(result.people)
        files = encode_files(choose(result, parts=order.parts, people=order.people), photo.pixels_rgb, order.wish)
        stages.end("encode")
        self.metrics.count_photo(people, stages)
        return Served(files, people, stages)

    def submit_all(self, photos: Sequence[bytes], order: Order) -> list[Future[Served]]:
        """Line up the photos of the current request."""
        deadline_s = self.deadline_s()

        def work_on(encoded: bytes, stages: Stages) -> Callable[[], Served]:
            return lambda: self.parse(encoded, order, deadline_s, stages)

        return [self.queue.submit(work_on(encoded, Stages())) for encoded in photos]

    def stop(self, timeout_s: float) -> bool:
        """Finish the requests inside; take no more. Whether that was done in time."""
        self.stopping.set()
        return self.queue.stop(timeout_s)

    def _parse_pixels(self, photo: Photo, order: Order, deadline_s: float) -> ParseResult:
        parser = self.models.find(order.model, deadline_s=deadline_s)
        try:
            return parser.parse(photo, schema=order.schema)
        except ModelError as error:  # a request that came before it was known what the model can do
            raise LabelError(str(error)) from error


def label_set_of(parser: PhotoParser) -> LabelSet:
    """What the ids in a parser's label maps mean."""
    card = parser.card
    return LabelSet(card.label_set, card.classes, card.classes_zh, card.flip_pairs)


def arrived_now() -> None:
    """Note when the current request came to be handled."""
    flask.g.arrived_s = time.monotonic()
