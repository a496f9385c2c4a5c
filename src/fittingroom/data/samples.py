"""The endless stream of training samples: sample i is a function of the seed and i, so a run can stop and go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fittingroom.data.augmentation import GRAY_RGB, outside_of, random_camera, random_view, view_matrix, warp_photo
from fittingroom.data.compositing import CompositeRule, compose, cut_out, hide_behind, known_details, plain_wall
from fittingroom.data.photos import SOMEBODY_ID, LabelledPhoto, PhotoFiles
from fittingroom.engine.protocol import LEARNED_POINTS, STRIDE
from fittingroom.errors import ConfigError
from fittingroom.labels import IGNORE_ID, LabelSet

HEAD_CLASSES = ("hat", "hair", "sunglasses", "face")


@dataclass(frozen=True)
class PhotoSource:
    """Labelled photos that are drawn from together.

    weight: how often, relative to the other sources. cut_weight: the same for people cut out of it.
    """

    photos: Sequence[PhotoFiles]
    weight: float
    cut_weight: float
    rare_boost: NDArray[np.float64]  # (number of photos,): chance of each photo within the source, sums to 1


@dataclass(frozen=True)
class TrainingSample:
    """uint8 pixels (H, W, 3), labels and details (H, W) with 255 = ignore, person ids (H, W), and body points' heat.

    point_heat: uint8 (P, H/4, W/4), 254 at the points of `LEARNED_POINTS`, falling off around, 255 = ignore.
    """

    pixels_rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    person_ids: NDArray[np.uint8]
    details: NDArray[np.uint8]
    point_heat: NDArray[np.uint8]


class PhotoCache:
    """Decoded photos, kept while there is room. They are drawn at random, so none is worth more than another."""

    def __init__(self, max_bytes: int) -> None:
        self._bytes_left = max_bytes
        self._photos: dict[Path, LabelledPhoto] = {}
        self._places: dict[Path, NDArray[np.uint8]] = {}

    def read(self, files: PhotoFiles) -> LabelledPhoto:
        """A labelled photo, decoded at most once if there is room."""
        photo = self._photos.get(files.image)
        if photo is None:
            photo = files.read()
            size = photo.pixels_rgb.nbytes * 2  # labels, ids and carried things are three more planes
            if size <= self._bytes_left:
                self._bytes_left -= size
                self._photos[files.image] = photo
        return photo

    def read_place(self, path: Path) -> NDArray[np.uint8]:
        """The pixels of a place without people, uint8 (H, W, 3).

        Raises:
            ConfigError: not a readable picture.
        """
        pixels = self._places.get(path)
        if pixels is None:
            decoded = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
            if decoded is None:
                raise ConfigError(f"{path}: not a readable picture; remove or replace it")
            pixels = np.asarray(decoded, np.uint8)
            if pixels.nbytes <= self._bytes_left:
                self._bytes_left -= pixels.nbytes
                self._places[path] = pixels
        return pixels


class SampleStream:
    """Draws photos, views and composites. Keeps up to `cache_mb` megabytes of decoded photos."""

    def __init__(
        self,
        sources: Sequence[PhotoSource],
        places: Sequence[Path],
        label_set: LabelSet,
        *,
        composite_share: float,
        rule: CompositeRule,
        view_sizes_hw: Sequence[tuple[int, int]],
        batch_size: int,
        seed: int,
        cache_mb: int = 3000,
    ) -> None:
        self.sources = list(sources)
        self.places = list(places)
        self.label_set = label_set
        self.composite_share = composite_share
        self.rule = rule
        self.view_sizes_hw = list(view_sizes_hw)
        self.batch_size = batch_size
        self.seed = seed
        self.head_classes = frozenset(
            label_set.classes.index(name) for name in HEAD_CLASSES if name in label_set.classes
        )
        self._cache = PhotoCache(cache_mb * 1_000_000)
        self._view_weights = _normalised([source.weight for source in self.sources])
        self._cut_weights = _normalised([source.cut_weight for source in self.sources])

    def __getitem__(self, index: int) -> TrainingSample:
        """Sample `index`. All samples of one batch (`batch_size` consecutive ones) have one size."""
        batch_rng = np.random.default_rng((self.seed, 1, index // self.batch_size))
        view_hw = self.view_sizes_hw[batch_rng.integers(len(self.view_sizes_hw))]
        rng = np.random.default_rng((self.seed, 0, index))
        composite = bool(self.places) and rng.random() < self.composite_share
        photo = self._composite(view_hw, rng) if composite else self._view(view_hw, rng)
        return TrainingSample(
            random_camera(photo.pixels_rgb, rng),
            photo.labels,
            photo.person_ids,
            known_details(photo),
            point_heat(photo),
        )

    def _draw(self, weights: NDArray[np.float64], rng: Generator) -> LabelledPhoto:
        source = self.sources[rng.choice(len(self.sources), p=weights)]
        return self._cache.read(source.photos[rng.choice(len(source.photos), p=source.rare_boost)])

    def _view(self, view_hw: tuple[int, int], rng: Generator) -> LabelledPhoto:
        photo = self._draw(self._view_weights, rng)
        matrix = random_view(photo, view_hw, rng, head_classes=self.head_classes)
        outside = GRAY_RGB
        if rng.random() < 0.6:
            red, green, blue = rng.integers(0, 256, 3) if rng.random() < 0.5 else [rng.integers(0, 256)] * 3
            outside = (int(red), int(green), int(blue))
        view = warp_photo(photo, matrix, view_hw, self.label_set.flip_pairs, outside_rgb=outside)
        if rng.random() < 0.5:  # what lies outside is nothing, and half of the time the network is told so
            beyond = outside_of(photo.labels.shape, matrix, view_hw)
            view.labels[beyond] = 0
        return view

    def _composite(self, view_hw: tuple[int, int], rng: Generator) -> LabelledPhoto:
        count = int(rng.choice(self.rule.people))
        joins_a_photo = count > 0 and rng.random() < 0.15  # into the company of somebody's own photo
        place = self._view(view_hw, rng) if joins_a_photo else self._place(view_hw, rng)
        figures = []
        for _ in range(count):
            photo = self._draw(self._cut_weights, rng)
            ids = np.unique(photo.person_ids)
            ids = ids[ids > 0]
            figure = cut_out(photo, int(rng.choice(ids))) if len(ids) else None
            if figure is not None:
                figures.append(figure)
        composed = compose(place, figures, rng, flip_pairs=self.label_set.flip_pairs, rule=self.rule)
        if rng.random() < self.rule.occluder_chance:
            composed = hide_behind(composed, self._random_place(rng), rng)
        return composed

    def _random_place(self, rng: Generator) -> NDArray[np.uint8]:
        return self._cache.read_place(self.places[rng.integers(len(self.places))])

    def _place(self, view_hw: tuple[int, int], rng: Generator) -> LabelledPhoto:
        pixels = plain_wall(view_hw, rng) if rng.random() < 0.12 else self._random_place(rng)
        nothing = np.zeros(pixels.shape[:2], np.uint8)
        height, width = pixels.shape[:2]
        covers = max(view_hw[0] / height, view_hw[1] / width)
        matrix = view_matrix(
            (width / 2, height / 2), view_hw,
            scale=covers * float(rng.uniform(1.0, 1.8)), angle_deg=0.0, mirrored=rng.random() < 0.5,
        )  # fmt: skip
        view = warp_photo(LabelledPhoto(pixels, nothing, nothing), matrix, view_hw, ())
        return LabelledPhoto(view.pixels_rgb, np.zeros(view_hw, np.uint8), np.zeros(view_hw, np.uint8))


def point_heat(photo: LabelledPhoto) -> NDArray[np.uint8]:
    """uint8 (P, H/4, W/4) for the points of `LEARNED_POINTS`: 254 at a visible point, falling off around it, 255 where
    it is not known: on people without a trusted point, and where somebody else hides one."""
    ids, labels = photo.person_ids[2::STRIDE, 2::STRIDE], photo.labels[2::STRIDE, 2::STRIDE]
    height, width = ids.shape
    heat = np.zeros((len(LEARNED_POINTS), height, width), np.uint8)
    unknown = np.broadcast_to(labels >= SOMEBODY_ID, heat.shape).copy()
    ys, xs = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    for person_id in range(1, int(ids.max(initial=0)) + 1):
        person = ids == person_id
        area = int(person.sum())
        if area == 0:
            continue
        points = photo.body_points[person_id - 1] if person_id <= len(photo.body_points) else None
        sigma = float(np.clip(np.sqrt(area) * 0.05, 0.8, 2.5))
        reach = cv2.dilate(person.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        for plane, point in enumerate(LEARNED_POINTS):
            if points is None or not points[point, 2]:
                unknown[plane] |= reach
                continue
            x, y = np.round((points[point, :2] - 2) / STRIDE)
            if not (0 <= x < width and 0 <= y < height):
                continue
            bump = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2))
            if reach[int(y), int(x)]:
                np.maximum(heat[plane], (bump * 254).round().astype(np.uint8), out=heat[plane])
            else:
                unknown[plane] |= bump > 0.1
    heat[unknown & (heat < 254)] = IGNORE_ID
    return heat


def rarity_chances(photos: Sequence[PhotoFiles], num_classes: int, *, power: float) -> NDArray[np.float64]:
    """The chance of each photo: larger for photos that show classes few others show.

    A photo's weight is (number of photos / photos with its rarest class) ** power, as in "repeat factor sampling"
    (Gupta, Dollar, Girshick, LVIS, CVPR 2019). power 0 draws all alike.
    """
    shows = np.zeros((len(photos), num_classes), bool)
    for row, photo in enumerate(photos):
        labels = photo.read().labels
        areas = np.bincount(labels.ravel(), minlength=256)[:num_classes]
        shows[row] = areas > 20
    frequency = np.maximum(shows.mean(0), 1 / len(photos))
    rarest = np.where(shows, 1 / frequency, 1.0).max(1)
    return _normalised(list(np.minimum(rarest, 60.0) ** power))


def _normalised(weights: Sequence[float]) -> NDArray[np.float64]:
    values = np.asarray(weights, np.float64)
    shares: NDArray[np.float64] = values / values.sum()
    return shares
