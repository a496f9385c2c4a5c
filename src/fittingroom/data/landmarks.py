"""Points on people and faces that estimators found, and which of them to trust.

FOLDER/pose.npz (optional) holds, for the photos of the folder's `ids`:

size            (N, 2) width and height of the pictures that the coordinates belong to
blazepose       (N, 33, 5) x, y, z, visibility, presence in BlazePose's order (Bazarevsky et al., 2020)
blazepose_flip  the same, estimated on the mirrored photo and mirrored back
movenet         (N, 17, 3) x, y, score in COCO's order
face_mesh       (N, 468, 2) x, y in MediaPipe's order (Kartynnik et al., 2019)
has_face        (N,) whether there is a face mesh
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fittingroom.errors import ConfigError
from fittingroom.labels.body_points import BODY_25, BODY_25_FLIP_PAIRS

MIN_VISIBILITY = 0.5
MIN_SCORE = 0.3
MAX_DISAGREEMENT = 0.12  # of the torso's length, between an estimator and the mean of all

# BODY_25 point -> BlazePose point, COCO point (None: COCO has none). The neck (1) and the middle of the hips (8) are
# means of two others; nobody estimates the small toes (20, 23).
_SOURCES: dict[int, tuple[int, int | None]] = {
    0: (0, 0), 2: (12, 6), 3: (14, 8), 4: (16, 10), 5: (11, 5), 6: (13, 7), 7: (15, 9), 9: (24, 12), 10: (26, 14),
    11: (28, 16), 12: (23, 11), 13: (25, 13), 14: (27, 15), 15: (5, 2), 16: (2, 1), 17: (8, 4), 18: (7, 3),
    19: (31, None), 21: (29, None), 22: (32, None), 24: (30, None),
}  # fmt: skip
_MEANS = {1: (2, 5), 8: (9, 12)}


@dataclass(frozen=True)
class Landmarks:
    """Points of the one person of a photo, in pixels of the photo.

    body: float32 (25, 3) x, y and 1 where the estimators agree, 0 where they do not (x and y are then of no use).
    face: float32 (468, 2), or None.
    """

    body: NDArray[np.float32]
    face: NDArray[np.float32] | None

    def scaled(self, factor_xy: tuple[float, float]) -> Landmarks:
        """The same on a photo of another size."""
        factors = np.array(factor_xy, np.float32)
        body = self.body.copy()
        body[:, :2] *= factors
        return Landmarks(body, None if self.face is None else self.face * factors)


def read_landmarks(path: Path) -> dict[int, tuple[tuple[int, int], Landmarks]]:
    """Photo number -> the picture size (width, height) that the coordinates belong to, and the landmarks.

    Raises:
        ConfigError: not such a file.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        bodies = trusted_body_points(arrays["blazepose"], arrays["blazepose_flip"], arrays["movenet"])
        rows = zip(arrays["ids"], arrays["size"], bodies, arrays["face_mesh"], arrays["has_face"], strict=True)
        return {
            int(number): ((int(width), int(height)), Landmarks(body, face.astype(np.float32) if has_face else None))
            for number, (width, height), body, face, has_face in rows
        }
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(f"{path}: not a file of landmarks ({error}); see fittingroom.data.landmarks") from error


def trusted_body_points(
    blazepose: NDArray[np.float32], blazepose_flip: NDArray[np.float32], movenet: NDArray[np.float32]
) -> NDArray[np.float32]:
    """float32 (N, 25, 3) BODY_25: x, y and whether to trust them: all estimators that see the point agree on it."""
    bodies = np.zeros((len(blazepose), len(BODY_25), 3), np.float32)
    for body, *estimates in zip(bodies, blazepose, blazepose_flip, movenet, strict=True):
        torso = _torso_length(estimates[0])
        for point, (blaze, coco) in _SOURCES.items():
            seen = [one[blaze, :2] for one in estimates[:2] if one[blaze, 3] >= MIN_VISIBILITY]
            if coco is not None and estimates[2][coco, 2] >= MIN_SCORE:
                seen.append(estimates[2][coco, :2])
            if len(seen) < 2 or np.isnan(seen).any():
                continue
            # the two looks of one estimator count as one opinion where there is a second one
            middle = np.mean([np.mean(seen[:-1], 0), seen[-1]], 0) if len(seen) == 3 else np.mean(seen, 0)
            if np.linalg.norm(np.array(seen) - middle, axis=1).max() <= MAX_DISAGREEMENT * torso:
                body[point] = (*middle, 1)
        for point, (one, other) in _MEANS.items():
            if body[one, 2] and body[other, 2]:
                body[point] = (body[one] + body[other]) / 2
    return bodies


def _torso_length(blazepose: NDArray[np.float32]) -> float:
    """Distance of the middle of the shoulders from the middle of the hips, pixels; 0 if they were not found."""
    length = np.linalg.norm(blazepose[[11, 12], :2].mean(0) - blazepose[[23, 24], :2].mean(0))
    return float(np.nan_to_num(length))


def swap_left_right(body: NDArray[np.float32]) -> NDArray[np.float32]:
    """BODY_25 points (..., 25, 3) with left and right exchanged, as a mirrored photo needs it."""
    order = np.arange(len(BODY_25))
    for left, right in BODY_25_FLIP_PAIRS:
        order[[left, right]] = right, left
    return body[..., order, :]
