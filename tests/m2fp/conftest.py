"""Network answers drawn by hand: a query is a rectangle of cells with a class."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.m2fp.engine import M2fpNetworkOutput

Answer = tuple[int, float, tuple[slice, slice]]
"""Class, its probability, and the cells of the mask."""


@pytest.fixture(scope="session")
def says() -> Callable[..., M2fpNetworkOutput]:
    """Builds what a network says: `answers`, then queries that say nothing, up to eight in all."""

    def build(answers: Sequence[Answer], *, classes: int, cells_hw: tuple[int, int]) -> M2fpNetworkOutput:
        chances = np.full((8, classes + 1), 1e-6)
        chances[:, classes] = 1
        masks: NDArray[np.float32] = np.full((8, *cells_hw), -8, np.float32)
        for query, (class_id, chance, cells) in enumerate(answers):
            chances[query, class_id], chances[query, classes] = chance, 1 - chance + 1e-6
            masks[query][cells] = 8
        return M2fpNetworkOutput(np.log(chances).astype(np.float32), masks)

    return build
