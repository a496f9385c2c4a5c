"""A contact sheet: every stored item on a light ground, with its name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from drawn import Picture, over_colour
from PIL import Image

CELL_PX, COLUMNS, CAPTION_PX = 190, 9, 18
GROUND = (243, 242, 239)


def contact_sheet(folder: Path, ids: Sequence[str], path: Path) -> None:
    """Items in the given order; those that are not stored are left out."""
    cells = [_cell(folder, item_id) for item_id in ids if (folder / f"{item_id}.json").exists()]
    blank = np.full_like(cells[0], 0)
    blank[:] = GROUND
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[k : k + COLUMNS]) for k in range(0, len(cells), COLUMNS)]
    Image.fromarray(np.vstack(rows)).save(path, quality=88, optimize=True)


def _cell(folder: Path, item_id: str) -> Picture:
    sidecar = json.loads((folder / f"{item_id}.json").read_text(encoding="utf-8"))
    cell = np.full((CELL_PX + CAPTION_PX, CELL_PX, 3), GROUND, np.uint8)
    picture = _picture(folder, sidecar)
    room = CELL_PX - 16
    scale = min(room / picture.shape[0], room / picture.shape[1])
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    small = _shrunk(picture, size)
    top, left = (CELL_PX - size[1]) // 2, (CELL_PX - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = over_colour(small, GROUND)
    width = cv2.getTextSize(item_id, cv2.FONT_HERSHEY_SIMPLEX, 0.36, 1)[0][0]
    place = ((CELL_PX - width) // 2, CELL_PX + 8)
    cv2.putText(cell, item_id, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (90, 88, 84), 1, cv2.LINE_AA)
    return cell


def _picture(folder: Path, sidecar: dict[str, object]) -> Picture:
    views = sidecar.get("views")
    if not isinstance(views, dict):
        return _swatch(str(sidecar["colour"]))
    front = views["front"]
    picture = np.array(Image.open(folder / front["picture"]).convert("RGBA"))
    if "lens" in front:
        glass = np.array(Image.open(folder / front["lens"]).convert("L")).astype(np.float32) / 255
        picture = _over(picture, _tinted(glass, sidecar))
    if "back" in front:
        picture = _over(picture, np.array(Image.open(folder / front["back"]).convert("RGBA")))
    return picture


def _tinted(glass: np.ndarray, sidecar: dict[str, object]) -> Picture:
    code = str(sidecar["lens_colour"])
    rgb = [int(code[i : i + 2], 16) for i in (1, 3, 5)]
    top = float(str(sidecar["lens_opacity"]))
    low = float(str(sidecar.get("lens_opacity_bottom", top)))
    rows = np.linspace(top, low, glass.shape[0])[:, None]
    layer = np.empty((*glass.shape, 4), np.uint8)
    layer[..., :3] = rgb
    layer[..., 3] = np.round(glass * rows * 255)
    return layer


def _over(above: Picture, below: Picture) -> Picture:
    a, b = above[..., 3:].astype(np.float32) / 255, below[..., 3:].astype(np.float32) / 255
    alpha = a + b * (1 - a)
    rgb = (above[..., :3] * a + below[..., :3] * b * (1 - a)) / np.maximum(alpha, 1e-4)
    return np.dstack([np.round(rgb), np.round(alpha * 255)]).astype(np.uint8)


def _shrunk(picture: Picture, size: tuple[int, int]) -> Picture:
    alpha = picture[..., 3:].astype(np.float32) / 255
    interpolation = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    light = cv2.resize(picture[..., :3] * alpha, size, interpolation=interpolation)
    small = np.clip(cv2.resize(alpha, size, interpolation=interpolation), 0, 1)
    return (
        np.dstack([np.clip(light / np.maximum(small, 1e-3)[..., None], 0, 255), small * 255]).round().astype(np.uint8)
    )


def _swatch(code: str) -> Picture:
    """A round dab of the colour."""
    rgb = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    radius = np.hypot(x, y)
    tone = 1.08 - 0.16 * (y + 1) / 2
    disc = np.clip((0.62 - radius) * 60, 0, 1)
    return np.dstack([np.clip(rgb * tone[..., None], 0, 255), disc * 255]).round().astype(np.uint8)
