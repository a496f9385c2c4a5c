"""Rules for pictures: size, mode, masks, label maps."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from fittingroom.bundle.programs import SIZE_HW, Kind
from fittingroom.imaging.writing import encode_indexed_png, encode_jpeg, encode_png, write_bytes_atomically
from fittingroom.labels import CIHP, INDEX_PALETTE
from fittingroom.lint.finding import Finding, Severity

Picture = npt.NDArray[np.uint8]

# The palette of the label maps that CIHP_PGN wrote and VITON-HD's data set has, RGB, ids 0 to 19.
_PGN_PALETTE = np.array(
    [
        (0, 0, 0), (128, 0, 0), (255, 0, 0), (0, 85, 0), (170, 0, 51), (255, 85, 0), (0, 0, 85), (0, 119, 221),
        (85, 85, 0), (0, 85, 85), (85, 51, 0), (52, 86, 128), (0, 128, 0), (0, 0, 255), (51, 170, 221), (0, 255, 255),
        (85, 255, 170), (170, 255, 85), (255, 255, 0), (255, 170, 0),
    ],
    np.uint8,
)  # fmt: skip
_HIGHEST = {Kind.CIHP_MAP: 19, Kind.AGNOSTIC_MAP: 19, Kind.ATR_MAP: 18}
# A JPEG mask is never quite black and white; what lies this far inside is gray.
_JPEG_SLACK = 32


def check_picture(path: Path, file: str, kind: Kind) -> Iterator[Finding]:
    """Everything that one picture can show by itself."""
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        yield Finding(file, "unreadable", f"cannot be decoded ({error})", "save it again")
        return
    yield from _size(image, file, kind)
    if kind in (Kind.PHOTO, Kind.GARMENT, Kind.POSE_PICTURE, Kind.DENSEPOSE):
        yield from _photo(image, path, file)
    elif kind in (Kind.GARMENT_MASK, Kind.AGNOSTIC_MASK):
        yield from _mask(image, path, file, kind)
    elif kind in _HIGHEST:
        yield from _map(image, path, file, kind)


def _size(image: Image.Image, file: str, kind: Kind) -> Iterator[Finding]:
    width, height = image.size
    if (height, width) == SIZE_HW:
        return
    wanted = f"{SIZE_HW[1]} x {SIZE_HW[0]}"
    if abs(width / height - SIZE_HW[1] / SIZE_HW[0]) > 0.005:
        yield Finding(
            file,
            "aspect",
            f"{width} x {height}, aspect {width / height:.3f}",
            f"pad or crop to 3:4, then scale to {wanted}",
        )
        return
    rule = "mask-size" if kind in (Kind.GARMENT_MASK, Kind.AGNOSTIC_MASK) else "size"
    how = "without smoothing (nearest)" if kind in (*_HIGHEST, Kind.GARMENT_MASK, Kind.AGNOSTIC_MASK) else ""
    yield Finding(file, rule, f"{width} x {height}", f"scale to {wanted} {how}".rstrip())


def _photo(image: Image.Image, path: Path, file: str) -> Iterator[Finding]:
    if image.getexif().get(0x0112, 1) not in (0, 1):
        yield Finding(
            file, "photo-orientation", f"EXIF orientation {image.getexif()[0x0112]}", "save it turned, without EXIF",
            fix=lambda: write_bytes_atomically(path, encode_jpeg(_rgb(ImageOps.exif_transpose(image)))),
        )  # fmt: skip
    elif image.mode != "RGB":
        yield Finding(
            file, "photo-mode", f"mode {image.mode}", "save it as RGB with 8 bits",
            fix=(lambda: _save_rgb(path, image)) if image.mode in ("L", "P", "1", "RGBA", "LA", "CMYK") else None,
        )  # fmt: skip


def _mask(image: Image.Image, path: Path, file: str, kind: Kind) -> Iterator[Finding]:
    allowed = ("L",) if kind is Kind.GARMENT_MASK else ("L", "RGB")
    if image.mode not in allowed:
        yield Finding(
            file, "mask-mode", f"mode {image.mode}", f"save it with 8 bits as {' or '.join(allowed)}",
            fix=lambda: _save_mask(path, np.asarray(image.convert("L")) >= 128, kind),
        )  # fmt: skip
    values = np.asarray(image.convert("L"))
    slack = _JPEG_SLACK if image.format == "JPEG" else 0
    is_gray = (values > slack) & (values < 255 - slack)
    gray_share = float(is_gray.mean())
    if gray_share > (0.02 if slack else 0):
        levels = np.unique(values[is_gray])
        # Smoothed edges can be cut at one half; a gray area was meant as something.
        is_edge = gray_share < 0.05 and levels.size > 4
        yield Finding(
            file, "mask-gray", f"{gray_share:.1%} of the pixels are gray, for instance {levels[levels.size // 2]}",
            "write 0 and 255 only" + ("" if is_edge else "; decide what the gray area means"),
            fix=(lambda: _save_mask(path, values >= 128, kind)) if is_edge else None,
        )  # fmt: skip
        if not is_edge:
            return
    is_white = values >= 128
    share = float(is_white.mean())
    if share < 0.001 or share > 0.999:
        yield Finding(file, "mask-empty", f"{share:.1%} white", "make the mask anew")
        return
    rim = np.concatenate([is_white[0], is_white[-1], is_white[:, 0], is_white[:, -1]])
    corners = [bool(is_white[y, x]) for y in (0, -1) for x in (0, -1)]
    if rim.mean() > 0.75 and all(corners):
        yield Finding(
            file, "mask-inverted", f"the border is white ({rim.mean():.0%}), the middle is not",
            "invert it: white is " + ("the garment" if kind is Kind.GARMENT_MASK else "what is painted over"),
            fix=lambda: _save_mask(path, values < 128, kind),
        )  # fmt: skip


def _map(image: Image.Image, path: Path, file: str, kind: Kind) -> Iterator[Finding]:
    if image.format != "PNG":
        yield Finding(file, "map-jpeg", f"{image.format}: ids are changed by its compression", "write it again as PNG")
        return
    if image.mode in ("RGB", "RGBA"):
        ids = _ids_of_colours(np.asarray(image.convert("RGB")))
        yield Finding(
            file, "map-mode", f"mode {image.mode}" + ("" if ids is not None else ", colours of no palette we know"),
            "save the ids as a palette PNG",
            fix=(lambda: _save_map(path, ids)) if ids is not None else None,
        )  # fmt: skip
        return
    if image.mode not in ("P", "L"):
        yield Finding(file, "map-mode", f"mode {image.mode}", "save the ids with 8 bits, as a palette PNG")
        return
    ids = np.asarray(image)
    present = np.unique(ids)
    if image.mode == "P":
        moved = _moved(image, present)
        if moved is not None:
            yield Finding(
                file, "map-palette", f"index {moved[0]} has the colour of id {moved[1]}: an editor has renumbered them",
                "give every pixel the id of its colour",
                fix=lambda: _save_map(path, _ids_of_colours(np.asarray(image.convert("RGB")))),
            )  # fmt: skip
            return
    beyond = present[present > _HIGHEST[kind]]
    if beyond.size:
        is_ignored = beyond.tolist() == [255]
        yield Finding(
            file, "map-range", f"id {', '.join(map(str, beyond[:5]))}; 0 to {_HIGHEST[kind]} are read",
            "make undecided pixels (255) background" if is_ignored else "write the map again with the right label set",
            fix=(lambda: _save_map(path, np.where(ids == 255, 0, ids).astype(np.uint8))) if is_ignored else None,
        )  # fmt: skip
        return
    if not present.any():
        severity = Severity.WARNING if kind is Kind.AGNOSTIC_MAP else Severity.ERROR
        yield Finding(file, "map-empty", "background only", "parse the photo again", severity)
        return
    if kind is Kind.AGNOSTIC_MAP:
        left = [CIHP.classes[class_id] for class_id in (5, 6, 7) if class_id in present]
        if left:
            yield Finding(
                file, "map-agnostic", f"still shows {', '.join(left)}", "make the garment background",
                fix=lambda: _save_map(path, np.where(np.isin(ids, (5, 6, 7)), 0, ids).astype(np.uint8)),
            )  # fmt: skip
    if kind is Kind.CIHP_MAP:
        yield from _label_set(ids, file)


def _label_set(ids: Picture, file: str) -> Iterator[Finding]:
    """Maps of other label sets, told by where the ids lie."""
    rows = {int(class_id): np.nonzero(ids == class_id)[0] for class_id in np.unique(ids) if class_id}
    person_top, person_bottom = min(y.min() for y in rows.values()), max(y.max() for y in rows.values())
    height = max(1, person_bottom - person_top)

    def place(class_id: int) -> float | None:
        """0 at the top of the person, 1 at the bottom; None where there is next to nothing of it."""
        y = rows.get(class_id)
        return None if y is None or y.size < 20 else float((y.mean() - person_top) / height)

    # ATR: 11 is the face, 13 a leg, 9 and 10 the shoes, and nothing is above 18.
    signs = [
        (face := place(11)) is not None and face < 0.3,
        (leg := place(13)) is not None and leg > 0.5,
        (shoe := place(10)) is not None and shoe > 0.85,
    ]
    if sum(signs) >= 2 and place(19) is None:
        yield Finding(
            file, "map-atr", "ids 11 at the head and 10 or 13 at the feet: ATR's face, shoe and leg",
            "translate it: fittingroom convert ... --label-set atr --to-labels cihp",
        )  # fmt: skip
        return
    ten = rows.get(10)
    if ten is None:
        return
    share = ten.size / sum(y.size for y in rows.values())
    span = float(np.quantile(ten, 0.95) - np.quantile(ten, 0.05)) / height
    if share > 0.25 and span > 0.35:
        yield Finding(
            file, "map-id10", f"id 10 covers {share:.0%} of the person over {span:.0%} of the height: LIP's jumpsuits",
            "CIHP's 10 is neck and chest skin: fittingroom convert ... --label-set lip --to-labels cihp --lossy",
        )  # fmt: skip


def _moved(image: Image.Image, present: npt.NDArray[np.integer]) -> tuple[int, int] | None:
    """An index that has another id's colour, and that id; None where colours agree or mean nothing."""
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    shown = [int(index) for index in present if index < len(colours)]
    for palette in (INDEX_PALETTE[:20], _PGN_PALETTE):
        if all((colours[index] == palette).all(axis=1).any() for index in shown):
            for index in shown:
                meant = int((colours[index] == palette).all(axis=1).argmax())
                if meant != index:
                    return index, meant
            return None
    return None


def _ids_of_colours(rgb: Picture) -> Picture | None:
    """The ids whose colours a picture shows, in the first palette that has them all."""
    packed = rgb.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    shown, at = np.unique(packed, return_inverse=True)
    for palette in (INDEX_PALETTE[:20], _PGN_PALETTE):
        codes = palette.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
        if np.isin(shown, codes).all():
            ids = np.array([int((codes == colour).argmax()) for colour in shown], np.uint8)
            return ids[at.reshape(packed.shape)]
    return None


def _rgb(image: Image.Image) -> Picture:
    return np.array(image.convert("RGB"))


def _save_rgb(path: Path, image: Image.Image) -> None:
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    encode: Callable[[Picture], bytes] = encode_png if path.suffix.lower() == ".png" else encode_jpeg
    write_bytes_atomically(path, encode(_rgb(image)))


def _save_mask(path: Path, is_white: npt.NDArray[np.bool_], kind: Kind) -> None:
    values = is_white.astype(np.uint8) * 255
    if kind is Kind.AGNOSTIC_MASK:
        values = np.repeat(values[..., None], 3, axis=2)
    buffer = io.BytesIO()
    if path.suffix.lower() == ".png":
        buffer.write(encode_png(values))
    else:
        Image.fromarray(values).save(buffer, "JPEG", quality=100)
    write_bytes_atomically(path, buffer.getvalue())


def _save_map(path: Path, ids: Picture | None) -> None:
    assert ids is not None, "only offered where the colours are known"
    write_bytes_atomically(path, encode_indexed_png(ids, INDEX_PALETTE))
