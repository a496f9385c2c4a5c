import numpy as np
import pytest

from fittingroom.data.photos import LabelledPhoto
from fittingroom.evaluation.skin_tone import skin_group, skin_tone_deg

FACE = 13


def face_of(colour_rgb: tuple[int, int, int], px: int = 100) -> LabelledPhoto:
    labels = np.zeros((20, 20), np.uint8)
    labels.ravel()[:px] = FACE
    pixels = np.full((20, 20, 3), 128, np.uint8)
    pixels[labels == FACE] = colour_rgb
    return LabelledPhoto(pixels, labels, (labels > 0).astype(np.uint8))


@pytest.mark.parametrize(
    ("colour_rgb", "group"), [((240, 215, 200), "lighter"), ((180, 135, 105), "medium"), ((90, 60, 45), "darker")]
)
def test_a_face_is_in_the_group_of_its_colour(colour_rgb: tuple[int, int, int], group: str) -> None:
    tone_deg = skin_tone_deg(face_of(colour_rgb), FACE)
    assert tone_deg is not None
    assert skin_group(tone_deg) == group


def test_darker_paint_has_a_smaller_angle() -> None:
    tones = [
        skin_tone_deg(face_of((level, int(level * 0.75), int(level * 0.6))), FACE) for level in (230, 180, 120, 60)
    ]
    assert tones == sorted(tones, key=lambda tone: -(tone or 0))
    assert len(set(tones)) == 4


def test_without_a_face_there_is_no_tone() -> None:
    assert skin_tone_deg(face_of((200, 160, 130), px=10), FACE) is None
