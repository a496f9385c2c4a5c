"""Fine parts and body points: read off the looks at the photo, and for heads off one more, zoomed look."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.engine.protocol import BAG_ID, LEARNED_POINTS, Engine
from fittingroom.labels import BODY_25, DETAILS, LabelSet, allowed_details
from fittingroom.parsing.restore import restore
from fittingroom.results import ParseResult

HEAD_CLASSES = ("hat", "hair", "sunglasses", "face")
NEVER = np.float32(-50)


@dataclass(frozen=True)
class FineRule:
    """How fine parts are looked for.

    head_px: side of the square in which each head is looked at. head_reach: side of the square, in face sizes.
    max_heads: the budget; the largest faces come first. min_point_heat: a fainter body point was not seen.
    """

    head_px: int = 224
    head_reach: float = 2.2
    max_heads: int = 16
    min_point_heat: float = 0.15


@dataclass(frozen=True)
class FineMaps:
    """uint8 (H, W) detail ids and their probability x 255; bool (H, W) bags."""

    details: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    bags: NDArray[np.bool_]


def fine_maps(
    detail_logits: NDArray[np.float32],
    class_logits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    label_set: LabelSet,
) -> FineMaps:
    """Details at the photo's size, each only on classes that may hold it.

    Args:
        detail_logits: float32 (D, h, w).
        class_logits: float32 (C, h, w), of the same looks.
        labels: uint8 (H, W), the restored class map.
    """
    allowed = _allowed_with_bags(label_set)
    possible = np.where(allowed[class_logits.argmax(0)].transpose(2, 0, 1), detail_logits, NEVER)
    details, confidence = restore(possible.astype(np.float32), (labels.shape[0], labels.shape[1]))
    fits = allowed[labels, details]
    bags = fits & (details == BAG_ID)
    details[~fits | bags] = 0
    return FineMaps(details, confidence, bags)


def _allowed_with_bags(label_set: LabelSet) -> NDArray[np.bool_]:
    """bool (classes, details + 1): as `allowed_details`, and bags over the background."""
    bags = np.zeros((len(label_set), 1), bool)
    bags[0] = True
    return np.concatenate([allowed_details(label_set), bags], 1)


def look_at_heads(
    engine: Engine, pixels_rgb: NDArray[np.uint8], result: ParseResult, maps: FineMaps, rule: FineRule
) -> None:
    """Look at each face again, zoomed, and write what is seen there into `maps`."""
    faces = [(person.id, person.parts["face"].box_xyxy) for person in result.people if "face" in person.parts]
    faces.sort(key=lambda face: -_side(face[1]))
    squares = [(person_id, head_square(box, rule.head_reach)) for person_id, box in faces[: rule.max_heads]]
    if not squares:
        return
    crops = np.stack([square_crop(pixels_rgb, square, rule.head_px) for _, square in squares])
    detail_logits = engine.run(crops, finer=True).detail_logits
    assert detail_logits is not None
    allowed = allowed_details(result.label_set)
    on_head = np.zeros(len(result.label_set), bool)
    on_head[[result.label_set.id_of(name) for name in HEAD_CLASSES if name in result.label_set.classes]] = True
    height, width = result.size_hw
    for (person_id, (x, y, side)), logits in zip(squares, detail_logits, strict=True):
        details, confidence = restore(logits[: len(DETAILS)], (side, side))
        # the part of the square that lies in the photo
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
        here, there = np.s_[y0:y1, x0:x1], np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
        labels = result.label_map[here]
        head = (result.person_map[here] == person_id) & on_head[labels]
        fits = allowed[labels, details[there]]
        maps.details[here][head] = np.where(fits, details[there], 0)[head]
        maps.confidence[here][head] = confidence[there][head]


def _side(box_xyxy: tuple[int, int, int, int]) -> int:
    return max(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1])


def head_square(face_box_xyxy: tuple[int, int, int, int], reach: float) -> tuple[int, int, int]:
    """(x, y, side) of the square around a face, in pixels; it may reach over the photo's edge."""
    x0, y0, x1, y1 = face_box_xyxy
    side = max(8, round(_side(face_box_xyxy) * reach))
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), side


def square_crop(pixels_rgb: NDArray[np.uint8], square: tuple[int, int, int], size_px: int) -> NDArray[np.uint8]:
    """uint8 (size_px, size_px, 3): a square of the photo, gray outside it."""
    x, y, side = square
    height, width = pixels_rgb.shape[:2]
    part = pixels_rgb[max(y, 0) : min(y + side, height), max(x, 0) : min(x + side, width)]
    padded = cv2.copyMakeBorder(
        part, max(-y, 0), max(y + side - height, 0), max(-x, 0), max(x + side - width, 0),
        cv2.BORDER_CONSTANT, value=(127, 127, 127),
    )  # fmt: skip
    interpolation = cv2.INTER_AREA if side > size_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(padded, (size_px, size_px), interpolation=interpolation), np.uint8)


def find_body_points(
    point_heat: NDArray[np.float32],
    person_ids: NDArray[np.uint16],
    count: int,
    photo_hw: tuple[int, int],
    rule: FineRule,
) -> list[NDArray[np.float32]]:
    """BODY_25 points of persons 1..count: float32 (25, 3) each, x, y in the photo and a confidence in [0, 1].

    A point is looked for on its person and a little around it. (0, 0, 0) was not seen.

    Args:
        point_heat: float32 (P, h, w) in [0, 1].
        person_ids: uint16 (h, w).
    """
    to_photo_xy = np.array([photo_hw[1] / person_ids.shape[1], photo_hw[0] / person_ids.shape[0]])
    people = []
    for person_id in range(1, count + 1):
        person = person_ids == person_id
        reach = 2 + round(0.04 * float(np.sqrt(person.sum())))
        near = cv2.dilate(person.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
        near &= person | (person_ids == 0)
        points = np.zeros((len(BODY_25), 3), np.float32)
        for plane, point in zip(point_heat, LEARNED_POINTS, strict=True):
            own = np.where(near, plane, 0)
            y, x = np.unravel_index(int(own.argmax()), own.shape)
            heat = float(own[y, x])
            if heat >= rule.min_point_heat:
                cell_xy = _peak(plane, int(x), int(y))
                points[point] = (*(cell_xy + 0.5) * to_photo_xy, heat)
        for name, one, other in (("neck", "left-shoulder", "right-shoulder"), ("mid-hip", "left-hip", "right-hip")):
            both = points[[BODY_25.index(one), BODY_25.index(other)]]
            if (both[:, 2] > 0).all():
                points[BODY_25.index(name)] = (*both[:, :2].mean(0), both[:, 2].min())
        points[:, 0] = points[:, 0].clip(0, photo_hw[1] - 1)
        points[:, 1] = points[:, 1].clip(0, photo_hw[0] - 1)
        people.append(points)
    return people


def _peak(heat: NDArray[np.float32], x: int, y: int) -> NDArray[np.float64]:
    """(x, y) of a peak to a fraction of a cell: the middle of mass of the 3 x 3 cells around it."""
    y0, x0 = max(y - 1, 0), max(x - 1, 0)
    around = heat[y0 : y + 2, x0 : x + 2].astype(np.float64)
    rows, columns = around.sum(1), around.sum(0)
    return np.array([
        (columns * np.arange(x0, x0 + len(columns))).sum() / around.sum(),
        (rows * np.arange(y0, y0 + len(rows))).sum() / around.sum(),
    ])  # fmt: skip
