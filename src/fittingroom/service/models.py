"""The models of the service: loaded once, warmed up, then asked by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from fittingroom.engine.card import ModelCard, model_folder, read_card
from fittingroom.engine.onnx_engine import default_threads
from fittingroom.errors import LabelError, ModelError, NotReadyError
from fittingroom.imaging import Photo
from fittingroom.parser import Parser
from fittingroom.parsing.pixel_parser import PixelParser, Schema
from fittingroom.results import ParseResult
from fittingroom.service.batching import BatchingEngine
from fittingroom.service.settings import ServiceSettings

WARM_UP_SIZE_HW = (480, 640)


class PhotoParser(Protocol):
    """What the service needs of a parser; `fittingroom.Parser` is one. Safe to use from several threads."""

    card: ModelCard

    def parse(self, photo: Photo, *, schema: Schema = "cihp") -> ParseResult:
        """The people in a photo and their parts, and with "fine" their details and body points.

        Raises:
            ModelError: the model knows no details.
        """
        ...


class Models:
    """Parsers by name, of which the first is used unless another is asked for.

    Args:
        names: as callers write them.
        load: makes the parser of a name; called once for each, in the thread that calls `load_all`.
    """

    def __init__(self, names: Sequence[str], load: Callable[[str], PhotoParser]) -> None:
        self.names = tuple(names)
        self.failure: Exception | None = None
        self._load = load
        self._parsers: dict[str, PhotoParser] = {}
        self._schemas: dict[str, tuple[Schema, ...]] = {}
        self._is_settled = threading.Event()

    def load_all(self) -> None:
        """Load every model and have each parse a blank picture; an error is kept in `failure` for all who ask.

        The first photo would otherwise wait for memory and threads that a network takes at its first run.
        """
        try:
            loaded = {name: self._load(name) for name in self.names}
            self._schemas = {name: _warm_up(parser) for name, parser in loaded.items()}
            self._parsers = loaded
        except Exception as error:  # noqa: BLE001 - raised again for whoever asks for a model
            self.failure = error
        finally:
            self._is_settled.set()

    @property
    def is_ready(self) -> bool:
        """Whether every model has answered its warm-up."""
        return bool(self._parsers)

    def check_name(self, name: str) -> None:
        """Refuse names that there are no models of.

        Raises:
            LabelError: there is no such model here.
        """
        if name and name not in self.names:
            raise LabelError(f"there is no model {name!r} here; there are {', '.join(self.names)}")

    def schemas(self, name: str = "") -> tuple[Schema, ...]:
        """What may be asked of a model that is loaded: "cihp" (the classes alone), and "fine" if it knows details."""
        return self._schemas[name or self.names[0]]

    def find(self, name: str = "", *, deadline_s: float = 0.0) -> PhotoParser:
        """The parser of that name, or the first; waits for it while the models are being loaded.

        Args:
            name: empty means the first.
            deadline_s: until when to wait, on the clock of `time.monotonic`.

        Raises:
            LabelError: there is no such model here.
            NotReadyError: the models were not loaded in time, or cannot be.
        """
        self.check_name(name)
        if not self._is_settled.wait(max(0.0, deadline_s - time.monotonic())):
            raise NotReadyError("the models are still being loaded")
        if self.failure is not None:
            raise NotReadyError("the models could not be loaded; see the service's log") from self.failure
        return self._parsers[name or self.names[0]]


def _warm_up(parser: PhotoParser) -> tuple[Schema, ...]:
    """Parse a blank picture in each schema; those that the parser knows."""
    blank = Photo(np.full((*WARM_UP_SIZE_HW, 3), 127, np.uint8), None, "array")
    parser.parse(blank)
    try:
        parser.parse(blank, schema="fine")
    except ModelError:
        return ("cihp",)
    return ("cihp", "fine")


def bundled_models(settings: ServiceSettings) -> Models:
    """The models that the settings name, not loaded yet; that they are there is checked at once.

    Raises:
        ModelError: one is not there, or its card is damaged.
    """
    for name in settings.models:
        read_card(model_folder(name))

    def load(name: str) -> Parser:
        parser = Parser(name, threads=settings.threads or default_threads())
        if settings.max_batch > 1 and isinstance(parser.pixel_parser, PixelParser):
            engine = BatchingEngine(parser.pixel_parser.engine, max_pictures=settings.max_batch)
            parser.pixel_parser = replace(parser.pixel_parser, engine=engine)
        return parser

    return Models(settings.models, load)
