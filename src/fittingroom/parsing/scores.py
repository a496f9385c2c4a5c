"""How good is each part likely to be: the IoU that the network's own probabilities lead one to expect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def expected_part_ious(
    probabilities: NDArray[np.float32], winner: NDArray[np.integer], nearest_ids: NDArray[np.uint16], count: int
) -> NDArray[np.float32]:
    """float32 (count + 1, C): for each person (row 0: nobody) and class the expected IoU of the part with the truth.

    If each cell truly shows class c with probability p_c, then of a part, the cells in which c wins, sum(p_c) cells are
    right on average; and the truth has sum(p_c) more cells where another class wins. IoU is about the first sum over
    the part's cells and the second sum together. Honest as far as the probabilities are.

    Args:
        probabilities: float32 (C, h, w), summing to 1 over the classes.
        winner: (h, w), the class that each cell is given.
        nearest_ids: uint16 (h, w), the person that each cell would belong to (see `People.nearest`), up to `count`.
    """
    num_classes = len(probabilities)
    flat_ids = nearest_ids.ravel()
    of_part = flat_ids.astype(np.intp) * num_classes + winner.ravel()
    won = np.take_along_axis(probabilities, winner[None].astype(np.intp), 0)[0]
    right = np.bincount(of_part, won.ravel(), (count + 1) * num_classes).reshape(count + 1, num_classes)
    cells = np.bincount(of_part, minlength=(count + 1) * num_classes).reshape(count + 1, num_classes)
    is_person = np.arange(count + 1)[:, None] == flat_ids  # (people, cells)
    expected = is_person.astype(np.float32) @ probabilities.reshape(num_classes, -1).T
    union = cells + expected - right
    ious = np.divide(right, union, out=np.zeros_like(right), where=union > 0)
    return np.asarray(ious.clip(0, 1), np.float32)
