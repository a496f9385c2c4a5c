"""A drawn item: its pictures, where they touch the body, and how both are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from noise import Floats
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Anchors = Mapping[str, tuple[float, float]]
MARGIN_PX = 4
LICENCE, AUTHOR = "Apache-2.0", "the fittingroom authors"


@dataclass(frozen=True)
class View:
    """One side of an item.

    Attributes:
        picture: RGBA (H, W, 4), straight alpha.
        anchors: (x, y) in its pixels; "left" is the wearer's left, the picture's right.
        back: what lies behind the wearer, of the same size.
        lens: where the glass of spectacles is, (H, W), 255 = glass.
    """

    picture: Picture
    anchors: Anchors
    back: Picture | None = None
    lens: Picture | None = None

    def cropped(self) -> View:
        """Without the empty border, but for a few pixels."""
        used = self.picture[..., 3] > 2
        if self.back is not None:
            used = used | (self.back[..., 3] > 2)
        if self.lens is not None:
            used = used | (self.lens > 2)
        height, width = used.shape
        ys, xs = np.nonzero(used.any(axis=1))[0], np.nonzero(used.any(axis=0))[0]
        top, bottom = max(int(ys[0]) - MARGIN_PX, 0), min(int(ys[-1]) + 1 + MARGIN_PX, height)
        left, right = max(int(xs[0]) - MARGIN_PX, 0), min(int(xs[-1]) + 1 + MARGIN_PX, width)

        def cut(picture: Picture | None) -> Picture | None:
            return None if picture is None else np.ascontiguousarray(picture[top:bottom, left:right])

        anchors = {name: (round(x - left, 1), round(y - top, 1)) for name, (x, y) in self.anchors.items()}
        cut_picture = cut(self.picture)
        assert cut_picture is not None
        return replace(self, picture=cut_picture, anchors=anchors, back=cut(self.back), lens=cut(self.lens))


@dataclass(frozen=True)
class Drawn:
    """An item as it comes from the drawing programs; `fields` are those of its kind."""

    id: str
    kind: str
    name: str
    name_zh: str
    colour: str
    views: Mapping[str, View] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)

    def sidecar(self) -> dict[str, object]:
        views: dict[str, object] = {}
        for side, view in self.views.items():
            stem = self.id if side == "front" else f"{self.id}-{side}"
            entry: dict[str, object] = {"picture": f"{stem}.webp"}
            if view.back is not None:
                entry["back"] = f"{stem}-behind.webp"
            if view.lens is not None:
                entry["lens"] = f"{stem}-lens.png"
            entry["anchors"] = {name: [x, y] for name, (x, y) in view.anchors.items()}
            views[side] = entry
        head: dict[str, object] = {
            "format": 1,
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "name_zh": self.name_zh,
            "licence": LICENCE,
            "author": AUTHOR,
            "colour": self.colour,
        }
        return head | ({"views": views} if views else {}) | dict(self.fields)

    def write(self, folder: Path) -> None:
        """`ID.json` and its pictures into the folder."""
        sidecar = self.sidecar()
        for side, view in self.views.items():
            stem = self.id if side == "front" else f"{self.id}-{side}"
            save_webp(view.picture, folder / f"{stem}.webp")
            if view.back is not None:
                # What lies behind is mostly hidden, and in the shade.
                save_webp(view.back, folder / f"{stem}-behind.webp", quality=84)
            if view.lens is not None:
                Image.fromarray(view.lens).save(folder / f"{stem}-lens.png", optimize=True)
        (folder / f"{self.id}.json").write_text(
            json.dumps(sidecar, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


def save_webp(picture: Picture, path: Path, *, quality: int = 93) -> None:
    Image.fromarray(picture).save(path, "WEBP", quality=quality, alpha_quality=100, method=6)


def mirrored(view: View) -> View:
    """Left for right: anchors change their names too."""
    width = view.picture.shape[1]

    def other(name: str) -> str:
        if "left" in name:
            return name.replace("left", "right")
        return name.replace("right", "left")

    def flip(picture: Picture | None) -> Picture | None:
        return None if picture is None else np.ascontiguousarray(picture[:, ::-1])

    anchors = {other(name): (width - x, y) for name, (x, y) in view.anchors.items()}
    picture = flip(view.picture)
    assert picture is not None
    return View(picture, anchors, flip(view.back), flip(view.lens))


def over_colour(picture: Picture, rgb: tuple[int, int, int]) -> Picture:
    """The picture on a plain ground, RGB."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    ground: Floats = np.array(rgb, np.float32)
    return np.round(picture[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
