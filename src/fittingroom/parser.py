"""The face of the library: a parser with a bundled model or your own, for photos from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fittingroom.engine.card import ModelCard, model_folder, read_card, read_model
from fittingroom.engine.devices import Device
from fittingroom.engine.onnx_engine import OnnxEngine
from fittingroom.engine.openvino_engine import OpenVinoEngine
from fittingroom.engine.protocol import Engine
from fittingroom.errors import ConfigError
from fittingroom.imaging.reading import Photo, PhotoSource, ReadLimits, read_photo
from fittingroom.labels import LabelSet
from fittingroom.m2fp.loading import load_m2fp
from fittingroom.m2fp.parser import M2fpParser
from fittingroom.parsing.pixel_parser import SCHEMAS, PixelParser, Schema
from fittingroom.parsing.prepare import InputRule
from fittingroom.results import ParseResult

EngineName = Literal["onnxruntime", "openvino"]
ENGINES: dict[str, type[OnnxEngine | OpenVinoEngine]] = {"onnxruntime": OnnxEngine, "openvino": OpenVinoEngine}


class Parser:
    """A loaded model, ready for any number of photos, from any number of threads.

    Args:
        model: "default", "fast", the name of a stored model ("m2fp-r101"), or a folder that holds model.onnx and
            card.json.
        threads: of the network; by default as many as there are cores, at most 4.
        engine: "onnxruntime", or "openvino" (needs the extra of that name).
        device: "cpu" never looks for a GPU; "cuda" (needs the extra ``gpu``) refuses to go on without one; "auto" takes
            it if it is there.
        limits: what photos may be read.

    Raises:
        ModelError: there is no such model, or its file is damaged.
        MissingExtraError: the engine, or its build for the device, is not installed.
        ConfigError: there is no such engine or device.
    """

    def __init__(
        self,
        model: str | Path = "default",
        *,
        threads: int | None = None,
        engine: EngineName = "onnxruntime",
        device: Device = "cpu",
        limits: ReadLimits = ReadLimits(),  # noqa: B008 - frozen, so one for all is safe
    ) -> None:
        folder = model_folder(model)
        self.card = read_card(folder)
        self.limits = limits
        if engine not in ENGINES:
            raise ConfigError(f"there is no engine {engine!r}; give one of {', '.join(ENGINES)}")
        self.pixel_parser: PixelParser | M2fpParser
        if self.card.kind != "parsing-net":
            self.pixel_parser = load_m2fp(folder, self.card, threads=threads, engine=engine, device=device)
            return
        onnx = read_model(folder, self.card)
        built = ENGINES[engine](onnx, num_classes=len(self.card.classes), threads=threads, device=device)
        self.pixel_parser = _pixel_parser(self.card, built)

    def parse(self, photo: PhotoSource | Photo, *, schema: Schema = "cihp") -> ParseResult:
        """The people in a photo and the parts of each, at the upright photo's size.

        Args:
            photo: a path, the bytes of a file, an open binary file, a numpy array (RGB uint8 (H, W, 3), gray (H, W) or
                RGBA (H, W, 4)), a Pillow image, or what `fittingroom.imaging.read_photo` gave.
            schema: "cihp", or "fine": then each person has details (lips, eyes, sleeves, hands ...) and body points,
                for a second look at every head. The classes are the same.

        Raises:
            PhotoError: the photo cannot be used; the message says why.
            ShapeError: the array is not of one of these shapes or not uint8.
            ConfigError: there is no such schema.
            ModelError: the model gives no fine parts.
        """
        if schema not in SCHEMAS:
            raise ConfigError(f"there is no schema {schema!r}; give one of {', '.join(SCHEMAS)}")
        read = photo if isinstance(photo, Photo) else read_photo(photo, limits=self.limits)
        return self.pixel_parser.parse(read.pixels_rgb, schema=schema)

    def parse_many(self, photos: Iterable[PhotoSource | Photo], *, schema: Schema = "cihp") -> Iterator[ParseResult]:
        """One result for each photo, in their order, each computed when it is asked for."""
        return (self.parse(photo, schema=schema) for photo in photos)


def parse(
    photo: PhotoSource | Photo,
    *,
    model: str | Path = "default",
    schema: Schema = "cihp",
    threads: int | None = None,
) -> ParseResult:
    """Parse one photo; see :meth:`Parser.parse`. The model is loaded once and kept for the next call."""
    return _kept_parser(str(model), threads).parse(photo, schema=schema)


@lru_cache(maxsize=4)
def _kept_parser(model: str, threads: int | None) -> Parser:
    return Parser(model, threads=threads)


def _pixel_parser(card: ModelCard, engine: Engine) -> PixelParser:
    return PixelParser(
        engine=engine,
        label_set=LabelSet(card.label_set, card.classes, card.classes_zh, card.flip_pairs),
        input_rule=InputRule(card.long_side_px),
        also_mirrored=card.also_mirrored,
        refines_borders=card.refines_borders,
        model_name=card.name,
        model_sha256=card.sha256,
    )
