"""Fixed sets of crowded pictures to evaluate on, made from labelled photos of one person each.

Near people stand lower and larger than far ones, as a camera at one height sees them on level ground, and hide them. A
scene depends on the set's seed, its number, and the photos: whoever has the photos has the same set.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fittingroom.data.augmentation import Matrix, view_matrix, warp_photo
from fittingroom.data.compositing import cut_out, paste, without_slivers
from fittingroom.data.photos import LabelledPhoto, PhotoFiles
from fittingroom.errors import ConfigError
from fittingroom.imaging.writing import encode_jpeg, encode_png, write_bytes_atomically
from fittingroom.labels import LabelSet

HIDDEN = (0.2, 0.7)
"""Shares of a person that count as hidden, but not too much: nobody in a scene is hidden more."""

MIN_IN_PICTURE = 0.6
MIN_VISIBLE_PX = 40
PLAN_STEP_PX = 4  # people are placed on a grid as coarse as this: a quarter of the sides, a sixteenth of the work
TRIES_PER_PERSON = 60
TRIES_PER_SCENE = 200


@dataclass(frozen=True)
class SceneSet:
    """What a set of scenes is.

    people: fewest and most in a scene. near_height: of the nearest, as a share of the picture's height, between these;
    the farthest is `scale` times smaller, where there are at least three. eye_height: of the camera, in heights of a
    person. hidden_share: of the people, that at least are hidden by others as much as `HIDDEN` says.
    """

    name: str
    seed: int
    scenes: int
    people: tuple[int, int]
    size_hw: tuple[int, int]
    near_height: tuple[float, float]
    eye_height: tuple[float, float]
    hidden_share: float
    scale: float = 4.0


SCENE_SETS = {
    scene_set.name: scene_set
    for scene_set in (
        SceneSet("crowd-val", 3101, 200, (2, 8), (768, 1024), (0.7, 1.1), (0.9, 1.6), hidden_share=1 / 3),
        SceneSet("many-val", 3102, 20, (20, 30), (1080, 1920), (0.45, 0.7), (1.3, 2.2), hidden_share=0.0),
    )
}
"""The sets that figures are quoted on; a changed set needs another name."""


@dataclass(frozen=True)
class Figure:
    """Somebody cut out of a photo from head to foot, and the photo's name."""

    photo: str
    cut: LabelledPhoto


@dataclass(frozen=True)
class ScenePerson:
    """One person of a scene.

    photo: name of the photo that shows this person. height_px: in the scene, before anything is hidden or cut off.
    hidden: share of the pixels within the picture that other people hide.
    """

    photo: str
    height_px: float
    hidden: float


@dataclass(frozen=True)
class Scene:
    """A picture with its truth, and who is in it in the order of the person ids."""

    photo: LabelledPhoto
    people: tuple[ScenePerson, ...]


def cut_figures(photos: Sequence[PhotoFiles]) -> list[Figure]:
    """The first person of each photo, without those who would look cut up elsewhere.

    These are people whom the lower edge of the photo cuts off, and people whose labels leave a piece out, so that their
    shoes would float below legs that are not there.

    Raises:
        ConfigError: nobody is left.
    """
    figures = []
    for files in photos:
        # details and body points would take long to make, and are not written
        cut = cut_out(replace(files, landmarks=None).read(), 1)
        if cut is not None and cut.person_ids[-1].mean() <= 0.35 and _is_one_piece(cut.person_ids):
            figures.append(Figure(files.name, cut))
    if not figures:
        raise ConfigError(
            f"none of the {len(photos)} photos shows a whole person; give photos of people from head to foot"
        )
    return figures


def make_scene(
    scene_set: SceneSet, number: int, figures: Sequence[Figure], places: Sequence[Path], label_set: LabelSet
) -> Scene:
    """Scene `number` of a set.

    Args:
        scene_set: which one.
        number: from 0.
        figures: from `cut_figures`.
        places: pictures without people.
        label_set: of the labels; its flip pairs are needed to mirror people.

    Raises:
        ConfigError: a place cannot be read, or these people cannot be placed as the set asks.
    """
    rng = np.random.default_rng((scene_set.seed, number))
    place = _place(places, scene_set.size_hw, rng)
    count = int(rng.integers(scene_set.people[0], scene_set.people[1] + 1))
    for _ in range(TRIES_PER_SCENE):
        people = _draw_figures(figures, count, rng)
        matrices = _plan([figure.cut for figure in people], scene_set, rng)
        if matrices is not None:
            break
    else:
        raise ConfigError(f"{scene_set.name}: people cannot be placed as the set asks in {TRIES_PER_SCENE} tries")
    nothing = np.zeros(scene_set.size_hw, np.uint8)
    canvas = LabelledPhoto(place, nothing, nothing)
    owner = nothing.copy()
    areas = []
    # planned from near to far, painted from far to near
    order = range(count - 1, -1, -1)
    for person_id, index in enumerate(order, start=1):
        placed = warp_photo(people[index].cut, matrices[index], scene_set.size_hw, label_set.flip_pairs)
        canvas = paste(
            canvas, placed, person_id=person_id,
            light=float(rng.uniform(0, 0.6)), edge_px=float(rng.uniform(0.5, 1.3)),
        )  # fmt: skip
        owner[placed.person_ids > 0] = person_id
        areas.append(int((placed.person_ids > 0).sum()))
    visible = np.bincount(owner.ravel(), minlength=count + 1)
    described = [
        ScenePerson(
            people[index].photo,
            people[index].cut.labels.shape[0] * _scale_of(matrices[index]),
            1 - float(visible[person_id]) / areas[person_id - 1],
        )
        for person_id, index in enumerate(order, start=1)
    ]
    labelled = np.bincount(canvas.person_ids.ravel(), minlength=count + 1)
    kept = [person for person, area in zip(described, labelled[1:], strict=True) if area >= MIN_VISIBLE_PX]
    return Scene(without_slivers(canvas, min_visible_px=MIN_VISIBLE_PX), tuple(kept))


def write_scenes(
    scene_set: SceneSet, photos: Sequence[PhotoFiles], places: Sequence[Path], label_set: LabelSet, out_dir: Path
) -> tuple[ScenePerson, ...]:
    """Write a whole set as a folder of labelled photos, with people.csv beside: who is in each, and how hidden.

    Returns:
        Everybody in it.

    Raises:
        ConfigError: the photos or places cannot be used.
        OutputError: a file cannot be written.
    """
    rows: list[list[str | int]] = []
    everybody: list[ScenePerson] = []
    figures = cut_figures(photos)
    for number in range(scene_set.scenes):
        scene = make_scene(scene_set, number, figures, places, label_set)
        name = f"{number:03d}"
        write_bytes_atomically(out_dir / "images" / f"{name}.jpg", encode_jpeg(scene.photo.pixels_rgb, quality=95))
        for kind, ids in (("labels", scene.photo.labels), ("instances", scene.photo.person_ids)):
            write_bytes_atomically(out_dir / kind / f"{name}.png", encode_png(ids))
        everybody += scene.people
        for person_id, person in enumerate(scene.people, start=1):
            rows.append([name, person_id, person.photo, round(person.height_px), f"{person.hidden:.3f}"])
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["id", "person", "photo", "height_px", "hidden"])
    writer.writerows(rows)
    write_bytes_atomically(out_dir / "people.csv", table.getvalue().encode())
    return tuple(everybody)


def _place(places: Sequence[Path], size_hw: tuple[int, int], rng: Generator) -> NDArray[np.uint8]:
    """A place that fills the picture, uint8 (H, W, 3)."""
    path = places[int(rng.integers(len(places)))]
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ConfigError(f"{path}: not a readable picture; remove or replace it")
    height, width = pixels.shape[:2]
    scale = max(size_hw[0] / height, size_hw[1] / width) * float(rng.uniform(1.0, 1.3))
    matrix = view_matrix((width / 2, height / 2), size_hw, scale=scale, angle_deg=0, mirrored=rng.random() < 0.5)
    nothing = np.zeros((height, width), np.uint8)
    return warp_photo(LabelledPhoto(np.asarray(pixels, np.uint8), nothing, nothing), matrix, size_hw, ()).pixels_rgb


def _is_one_piece(ids: NDArray[np.uint8]) -> bool:
    """Whether nearly all of a figure (H, W) hangs together, but for gaps of some pixels."""
    joined = cv2.dilate(ids, np.ones((7, 7), np.uint8))
    count, pieces = cv2.connectedComponents(joined)
    areas = np.bincount(np.asarray(pieces)[ids > 0], minlength=count)
    return bool(areas.max() >= 0.985 * areas.sum())


def _draw_figures(figures: Sequence[Figure], count: int, rng: Generator) -> list[Figure]:
    """So many figures; none twice while there are others."""
    drawn = [figures[index] for index in rng.permutation(len(figures))[:count].tolist()]
    return [drawn[index % len(drawn)] for index in range(count)]


def _plan(figures: Sequence[LabelledPhoto], scene_set: SceneSet, rng: Generator) -> list[Matrix] | None:
    """Where everybody stands, the nearest first; None if these people could not be placed as the set asks."""
    height, width = scene_set.size_hw
    count = len(figures)
    nearness = np.sort(rng.uniform(0, 1, count))
    nearness[0] = 0
    if count >= 3:
        nearness[-1] = 1
    nearest_px = height * rng.uniform(*scene_set.near_height)
    heights_px = nearest_px * scene_set.scale**-nearness
    eyes = rng.uniform(*scene_set.eye_height)
    horizon_y = height * rng.uniform(0.95, 1.12) - eyes * nearest_px

    taken = np.zeros((height // PLAN_STEP_PX, width // PLAN_STEP_PX), bool)
    matrices: list[Matrix] = []
    hidden_count = 0
    for figure, height_px in zip(figures, heights_px, strict=True):
        wants_hidden = bool(matrices) and rng.random() < 0.6
        low, high = HIDDEN if wants_hidden else (0.0, HIDDEN[0])
        fallback = None
        for _ in range(TRIES_PER_PERSON):
            feet_y = horizon_y + eyes * height_px + rng.normal(0, 0.015) * height
            matrix = _standing(figure, height_px, (width * rng.uniform(0.02, 0.98), feet_y), scene_set.size_hw, rng)
            mask, whole = _coarse_mask(figure, matrix, (taken.shape[0], taken.shape[1]))
            inside = int(mask.sum())
            if inside == 0 or inside < MIN_IN_PICTURE * whole:
                continue
            hidden = float((mask & taken).sum() / inside)
            # a little inside the limits: the coarse masks are not exact
            if low + 0.02 <= hidden <= high - 0.02 or (low == 0 and hidden == 0):
                break
            if hidden <= HIDDEN[1] - 0.02:
                fallback = (matrix, mask, hidden)
        else:
            if fallback is None:
                return None
            matrix, mask, hidden = fallback
        hidden_count += HIDDEN[0] + 0.01 <= hidden <= HIDDEN[1] - 0.01
        taken |= mask
        matrices.append(matrix)
    return matrices if hidden_count >= scene_set.hidden_share * count else None


def _standing(
    figure: LabelledPhoto, height_px: float, feet_xy: tuple[float, float], size_hw: tuple[int, int], rng: Generator
) -> Matrix:
    """The view in which a figure is so high and stands there, now and then leaning a little, mirrored or not."""
    rows, columns = figure.labels.shape
    matrix = view_matrix(
        (columns / 2, rows), size_hw,
        scale=height_px / rows, angle_deg=float(rng.normal(0, 2)), mirrored=rng.random() < 0.5,
    )  # fmt: skip
    matrix[:, 2] += np.array(feet_xy) - np.array([size_hw[1] / 2, size_hw[0] / 2])
    return matrix


def _coarse_mask(figure: LabelledPhoto, matrix: Matrix, grid_hw: tuple[int, int]) -> tuple[NDArray[np.bool_], float]:
    """Where the figure lies on the coarse grid, bool (h, w), and how many cells it would cover in a larger picture."""
    coarse = matrix / PLAN_STEP_PX
    mask = cv2.warpAffine(figure.person_ids, coarse, (grid_hw[1], grid_hw[0]), flags=cv2.INTER_NEAREST) > 0
    return np.asarray(mask, bool), float((figure.person_ids > 0).sum()) * _scale_of(coarse) ** 2


def _scale_of(matrix: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
