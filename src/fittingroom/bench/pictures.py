"""Pictures to measure with: one person, or six of the same, at the sizes that photos have."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import PhotoNotFoundError
from fittingroom.imaging import read_photo
from fittingroom.parser import Parser

SIZES_HW = ((720, 1280), (1080, 1920), (3000, 4000))
PEOPLE = (1, 6)
MARGIN = 0.12  # around a person that is cut out, of the box's sides
JPEG_QUALITY = 90
NOISE = 3.0  # standard deviation; without it an enlarged picture would be decoded faster than a photograph


def photo_of_one(folder: Path, parser: Parser) -> tuple[Path, NDArray[np.uint8], NDArray[np.uint8]]:
    """The first photo of a folder that shows one person: its path, all of it, and the person with a margin.

    Raises:
        PhotoNotFoundError: there is none.
    """
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp"):
            continue
        pixels = read_photo(path).pixels_rgb
        people = parser.parse(pixels).people
        if len(people) == 1:
            x0, y0, x1, y1 = people[0].box_xyxy
            dx, dy = round((x1 - x0) * MARGIN), round((y1 - y0) * MARGIN)
            return path, pixels, pixels[max(0, y0 - dy) : y1 + dy, max(0, x0 - dx) : x1 + dx]
    raise PhotoNotFoundError(
        f"no photo of exactly one person in '{folder}'; expected a folder with one, as the samples of the source "
        "repository; name it with --photos"
    )


def compose(
    whole_rgb: NDArray[np.uint8], person_rgb: NDArray[np.uint8], people: int, size_hw: tuple[int, int]
) -> bytes:
    """A JPEG of that size: `whole_rgb` for one person, else `person_rgb` so many times in a row, by turns mirrored."""
    height, width = size_hw
    if people == 1:
        picture = fit(whole_rgb, size_hw)
    else:
        edges = [width * column // people for column in range(people + 1)]
        columns = [
            fit(person_rgb if column % 2 == 0 else person_rgb[:, ::-1], (height, edges[column + 1] - edges[column]))
            for column in range(people)
        ]
        picture = np.hstack(columns)
    noise = np.random.default_rng(0).standard_normal((height, width, 1), np.float32) * np.float32(NOISE)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def fit(pixels_rgb: NDArray[np.uint8], size_hw: tuple[int, int]) -> NDArray[np.uint8]:
    """The whole picture in the middle of a canvas, as large as it fits; its edge pixels fill the rest."""
    height, width = size_hw
    scale = min(height / pixels_rgb.shape[0], width / pixels_rgb.shape[1])
    inner_height, inner_width = (max(1, round(side * scale)) for side in pixels_rgb.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    inner = cv2.resize(pixels_rgb, (inner_width, inner_height), interpolation=interpolation)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    bottom, right = height - inner_height - top, width - inner_width - left
    return np.asarray(cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
