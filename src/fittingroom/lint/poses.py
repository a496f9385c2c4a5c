"""Rules for pose files, and for left and right in label maps, which only a pose can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from fittingroom.bundle.programs import SIZE_HW, Kind
from fittingroom.labels import BODY_25, CIHP
from fittingroom.lint.finding import Finding, Severity

Points = npt.NDArray[np.float64]


def check_pose(path: Path, file: str, kind: Kind) -> Iterator[Finding]:
    """Everything that a pose file can show by itself."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        yield Finding(file, "pose-json", f"no JSON ({error})", "write the pose again")
        return
    if kind is Kind.DRESSCODE_POSE:
        yield from _dresscode(document, file)
        return
    points = read_body_25(document)
    if isinstance(points, str):
        rule, _, found = points.partition(": ")
        mends = {
            "pose-json": "write people[0].pose_keypoints_2d",
            "pose-nobody": "estimate the pose again, or leave the photo out",
            "pose-order": "run OpenPose with --model_pose BODY_25; in COCO's order knees stand where hips should",
        }
        yield Finding(file, rule, found, mends[rule])
        return
    yield from _scale(points, file)


def read_body_25(document: object) -> Points | str:
    """Points (25, 3) of the first person; or "rule: what was found"."""
    if not isinstance(document, dict) or not isinstance(document.get("people"), list):
        return "pose-json: no list of people"
    if not document["people"]:
        return "pose-nobody: nobody in it"
    numbers = document["people"][0].get("pose_keypoints_2d") if isinstance(document["people"][0], dict) else None
    if not isinstance(numbers, list) or not all(isinstance(number, int | float) for number in numbers):
        return "pose-json: people[0] has no list pose_keypoints_2d"
    if len(numbers) != 75:
        known = {54: "54 numbers, COCO's 18 points", 51: "51 numbers, COCO's 17 points"}
        return f"pose-order: {known.get(len(numbers), f'{len(numbers)} numbers')}; BODY_25 has 75"
    return np.array(numbers, np.float64).reshape(25, 3)


def check_sides(map_path: Path, file: str, pose_path: Path) -> Iterator[Finding]:
    """Limbs of a label map against the joints of the pose: all at the other side's means left and right swapped."""
    try:
        points = read_body_25(json.loads(pose_path.read_bytes()))
        with Image.open(map_path) as image:
            ids = np.asarray(image)
    except (OSError, ValueError):
        return  # said by the rules for the single files
    if isinstance(points, str) or ids.ndim != 2:
        return
    votes = []
    for side, other in (("left", "right"), ("right", "left")):
        for part, joints in (("arm", ("elbow", "wrist")), ("shoe", ("ankle",)), ("leg", ("knee", "ankle"))):
            y, x = np.nonzero(ids == CIHP.id_of(f"{side}-{part}"))
            for joint in joints:
                own, others = (points[BODY_25.index(f"{which}-{joint}")] for which in (side, other))
                if x.size < 50 or not (own[2] > 0.2 and others[2] > 0.2):
                    continue
                to_own, to_other = (float(np.median(np.hypot(x - at[0], y - at[1]))) for at in (own, others))
                if abs(to_own - to_other) > 0.02 * SIZE_HW[0]:
                    votes.append(to_own < to_other)
    if len(votes) >= 2 and not any(votes):
        yield Finding(
            file, "map-sides", "every arm, leg and shoe lies at the other side's joints of the pose",
            "left and right are the person's own: exchange the ids 14/15, 16/17 and 18/19, or mirror the map back",
        )  # fmt: skip


def _scale(points: Points, file: str) -> Iterator[Finding]:
    known = points[points[:, 2] > 0]
    if not len(known):
        yield Finding(file, "pose-nobody", "no point is known", "estimate the pose again, or leave the photo out")
        return
    height, width = SIZE_HW
    largest = known[:, :2].max(axis=0)
    if largest.max() <= 2:
        yield Finding(
            file, "pose-scale", "all points lie between 0 and 2: shares of the picture",
            f"multiply x by {width} and y by {height}",
        )  # fmt: skip
        return
    outside = ((known[:, :2] < 0) | (known[:, :2] > (width, height))).any(axis=1).mean()
    if outside > 0.2 or (outside and len(known) < 6):
        yield Finding(
            file, "pose-scale", f"{outside:.0%} of the points lie outside {width} x {height}",
            "give the points in the pixels of the picture in this folder, not in those of the original",
        )  # fmt: skip
        return
    yield from _hips(points, file)


def _hips(points: Points, file: str) -> Iterator[Finding]:
    at = {name: points[BODY_25.index(name)] for name in BODY_25}
    missing = [
        f"{side}-{joint}"
        for joint in ("hip", "shoulder")
        for side in ("left", "right")
        if not at[f"{side}-{joint}"][:2].any()
    ]
    if missing:
        yield Finding(
            file,
            "pose-hips",
            f"{', '.join(missing)} at 0, 0",
            "programs draw the torso between them: put in an estimate",
        )
        return
    shoulders_y = (at["left-shoulder"][1] + at["right-shoulder"][1]) / 2
    hips_y = (at["left-hip"][1] + at["right-hip"][1]) / 2
    if hips_y <= shoulders_y:
        yield Finding(
            file, "pose-hips", f"the hips (y {hips_y:.0f}) are above the shoulders (y {shoulders_y:.0f})",
            "check the order of the points and that the photo is upright", Severity.WARNING,
        )  # fmt: skip
    knees = [at[f"{side}-knee"] for side in ("left", "right") if at[f"{side}-knee"][2] > 0]
    if knees and any(knee[1] < hips_y - 0.1 * abs(hips_y - shoulders_y) for knee in knees) and hips_y > shoulders_y:
        yield Finding(
            file, "pose-hips", "points 9 and 12 lie below the points of the knees: they may be knees in COCO's order",
            "write the points in BODY_25's order", Severity.WARNING,
        )  # fmt: skip


def _dresscode(document: object, file: str) -> Iterator[Finding]:
    rows = document.get("keypoints") if isinstance(document, dict) else None
    try:
        points = np.array(rows, np.float64).reshape(-1, 4)
    except (TypeError, ValueError):
        yield Finding(
            file, "pose-json", "no list keypoints of 4 numbers a point", 'write {"keypoints": [[x, y, c, i], ...]}'
        )
        return
    if len(points) < 8:
        yield Finding(file, "pose-order", f"{len(points)} points; 18 are expected", "write COCO's 18 points")
        return
    known = points[(points[:, :2] > 0).any(axis=1)]
    if len(known) and (known[:, 0].max() > 384 or known[:, 1].max() > 512):
        yield Finding(
            file, "pose-scale", f"points reach {known[:, 0].max():.0f}, {known[:, 1].max():.0f}",
            "Dress Code's points lie in a frame of 384 x 512: halve those of 768 x 1024",
        )  # fmt: skip
    elif not points[[2, 5], :2].all():
        yield Finding(
            file, "pose-hips", "a shoulder is at 0, 0", "programs draw the arms from there: put in an estimate"
        )
