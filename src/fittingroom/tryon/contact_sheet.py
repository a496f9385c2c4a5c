"""Many items on many people as one picture, to be looked at: a row for each person, a column for each item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.results import BoxXyxy, ParseResult
from fittingroom.tryon.anchors import PersonAnchors, find_anchors
from fittingroom.tryon.fitting import try_on
from fittingroom.tryon.items import Item

Picture = NDArray[np.uint8]
_HEAD = {
    *("hat", "cap", "headscarf", "glasses", "sunglasses", "earring", "hairstyle"),
    *("hair-colour", "lip-colour", "eye-shadow", "blush"),
}
_BUST = {"necklace", "scarf"}
_HAND = {"glove", "nail-colour"}
_PAPER = 245


def contact_sheet(
    parsed: Iterable[tuple[Picture, ParseResult]],
    items: Sequence[Item],
    *,
    person_id: int | None = 1,
    tile_wh: tuple[int, int] = (240, 300),
) -> Picture:
    """One row for each photo: first as it is, then with each item, cut to where the item is worn.

    Args:
        parsed: photos and what parsing them gave.
        items: the columns.
        person_id: whom the items are put on; None: everybody, and the whole photo is shown.
        tile_wh: width and height of a tile in pixels.

    Returns:
        uint8 (H, W, 3); a refusal is written on its tile.
    """
    rows = [_row(photo, result, items, person_id, tile_wh) for photo, result in parsed]
    header = [_captioned(np.full((24, tile_wh[0], 3), _PAPER, np.uint8), name) for name in ("", *(i.id for i in items))]
    return np.concatenate([np.concatenate(header, axis=1), *rows])


def _row(
    photo: Picture, result: ParseResult, items: Sequence[Item], person_id: int | None, tile_wh: tuple[int, int]
) -> Picture:
    whole = (0, 0, photo.shape[1], photo.shape[0])
    anchors = None
    if person_id is not None and person_id <= len(result.people):
        anchors = find_anchors(photo, result, result.people[person_id - 1])
    first = whole if anchors is None else result.people[anchors.person_id - 1].box_xyxy
    tiles = [_tile(photo, first, tile_wh)]
    for item in items:
        if person_id is not None and anchors is None:
            tiles.append(_captioned(np.full((tile_wh[1], tile_wh[0], 3), _PAPER, np.uint8), "nobody"))
            continue
        fitting = try_on(photo, result, item, person_id=person_id)
        box = whole if anchors is None else _interest(anchors, item.kind, first, photo.shape)
        tile = _tile(fitting.photo_rgb, box, tile_wh)
        refusals = [layer.refusal for layer in fitting.layers if layer.refusal]
        tiles.append(_captioned(tile, refusals[0]) if len(refusals) == len(fitting.layers) else tile)
    return np.concatenate(tiles, axis=1)


def _interest(anchors: PersonAnchors, kind: str, person: BoxXyxy, shape: tuple[int, ...]) -> BoxXyxy:
    """What of the photo shows an item of the kind."""
    head = anchors.head
    if head is not None and kind in _HEAD | _BUST:
        middle = head.at(0, 0.2 * head.width if kind in _HEAD else -1.0 * head.width)
        reach = (1.5 if kind in _HEAD else 1.9) * head.width
        x0, y0, x1, y1 = middle[0] - reach, middle[1] - 1.1 * reach, middle[0] + reach, middle[1] + 1.1 * reach
    elif kind == "shoe":
        x0, y1, x1 = person[0], person[3] + 6, person[2]
        y0 = y1 - 0.28 * (person[3] - person[1])
    elif kind in _HAND and "left-wrist" in anchors.points and "right-wrist" in anchors.points:
        wrists = np.stack([anchors.xy("left-wrist"), anchors.xy("right-wrist")])
        margin = 0.12 * (person[3] - person[1])
        (x0, y0), (x1, y1) = wrists.min(axis=0) - margin, wrists.max(axis=0) + margin
    else:
        margin = 0.04 * (person[3] - person[1])
        x0, y0, x1, y1 = person[0] - margin, person[1] - margin, person[2] + margin, person[3] + margin
    left, top = int(max(x0, 0)), int(max(y0, 0))
    return left, top, int(min(max(x1, left + 8), shape[1])), int(min(max(y1, top + 8), shape[0]))


def _tile(photo: Picture, box: BoxXyxy, tile_wh: tuple[int, int]) -> Picture:
    """The box of the photo, as large as it fits, in the middle of a tile."""
    piece = photo[box[1] : box[3], box[0] : box[2]]
    tile = np.full((tile_wh[1], tile_wh[0], 3), _PAPER, np.uint8)
    scale = min(tile_wh[0] / piece.shape[1], tile_wh[1] / piece.shape[0])
    size_wh = max(1, int(piece.shape[1] * scale)), max(1, int(piece.shape[0] * scale))
    shown = cv2.resize(piece, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x, y = (tile_wh[0] - size_wh[0]) // 2, (tile_wh[1] - size_wh[1]) // 2
    tile[y : y + size_wh[1], x : x + size_wh[0]] = shown
    return tile


def _captioned(tile: Picture, text: str) -> Picture:
    """Text in the tile's upper left corner, broken into lines."""
    width = max(8, tile.shape[1] // 7)
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) >= width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    for number, line in enumerate(lines):
        place = (4, 15 + 14 * number)
        cv2.putText(tile, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 3, cv2.LINE_AA)
        cv2.putText(tile, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (150, 20, 20), 1, cv2.LINE_AA)
    return tile
