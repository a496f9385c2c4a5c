import numpy as np
import pytest
from numpy.typing import NDArray

from fittingroom.engine.protocol import NetworkOutput
from fittingroom.labels import CIHP
from fittingroom.parsing.looking import look

LEFT, RIGHT = CIHP.id_of("left-arm"), CIHP.id_of("right-arm")


class ColourEngine:
    """Knows left arms by red and right arms by green; everybody's centre is four pixels to the right of red."""

    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        cells = images_rgb[:, ::4, ::4].astype(np.float32)
        logits = np.zeros((len(cells), 20, *cells.shape[1:3]), np.float32)
        logits[:, LEFT], logits[:, RIGHT] = cells[..., 0], cells[..., 1]
        offsets = np.zeros((len(cells), 2, *cells.shape[1:3]), np.float32)
        offsets[:, 0], offsets[:, 1] = cells[..., 0], cells[..., 2]
        return NetworkOutput(logits, cells[..., 2], offsets)


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    return np.kron(np.random.default_rng(0).integers(0, 256, (4, 6, 3)), np.ones((4, 4, 1))).astype(np.uint8)


def test_one_look_is_what_the_engine_says(picture: NDArray[np.uint8]) -> None:
    said, plain = look(ColourEngine(), picture, CIHP, also_mirrored=False), ColourEngine().run(picture[None])
    assert np.array_equal(said.class_logits, plain.class_logits)


def test_two_looks_at_a_mirrored_picture_are_the_mirrored_answer(picture: NDArray[np.uint8]) -> None:
    said = look(ColourEngine(), picture, CIHP, also_mirrored=True)
    mirrored = look(ColourEngine(), np.ascontiguousarray(picture[:, ::-1]), CIHP, also_mirrored=True)
    assert np.array_equal(mirrored.class_logits[0, LEFT], said.class_logits[0, RIGHT, :, ::-1])
    assert np.array_equal(mirrored.class_logits[0, 0], said.class_logits[0, 0, :, ::-1])
    assert np.array_equal(mirrored.centre_heat, said.centre_heat[:, :, ::-1])
    assert np.array_equal(mirrored.centre_offsets_px[0, 0], -said.centre_offsets_px[0, 0, :, ::-1])
    assert np.array_equal(mirrored.centre_offsets_px[0, 1], said.centre_offsets_px[0, 1, :, ::-1])
