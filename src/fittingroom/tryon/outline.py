"""What a garment's outline tells: how wide its trunk is at a height."""

from __future__ import annotations

import numpy as np

from fittingroom.tryon.items import View


def central_half_widths(view: View, y: float) -> tuple[float, float]:
    """Left end (larger x) and right end of the garment's trunk at a height of the picture.

    Sleeves beside the trunk do not count: above the hem the ends keep within the straight lines from the armpits to
    the hem's ends, widened by a tenth.
    """
    height, _ = view.size_hw
    row = view.picture_rgba[int(np.clip(round(y), 0, height - 1)), :, 3] > 127
    anchors = view.anchors
    top = "armpit" if "left_armpit" in anchors else "waist"
    (left_x, left_y), (right_x, _) = anchors[f"left_{top}"], anchors[f"right_{top}"]
    (left_hem, hem_y), (right_hem, _) = anchors["left_hem"], anchors["right_hem"]
    share = float(np.clip((y - left_y) / max(hem_y - left_y, 1.0), 0, 1))
    left, right = left_x + (left_hem - left_x) * share, right_x + (right_hem - right_x) * share
    middle, slack = (left + right) / 2, 0.1 * (left - right)
    columns = np.flatnonzero(row)
    if not columns.size:
        return left, right
    inside = columns[(columns < left + slack) & (columns > right - slack)]
    # The run that holds the middle.
    if not inside.size:
        return left, right
    seen_left, seen_right = float(inside.max()), float(inside.min())
    if seen_left <= middle or seen_right >= middle:
        return left, right
    return seen_left, seen_right
