import numpy as np
import numpy.typing as npt
import pytest

from fittingroom.errors import ConfigError, ShapeError
from fittingroom.export.mosaic import mosaic
from fittingroom.export.overlay import overlay
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

GREY = np.full((360, 480, 3), 128, np.uint8)


def test_without_people_the_photo_comes_back_as_a_copy(nobody: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    drawn = overlay(nobody, photo_rgb)
    assert np.array_equal(drawn, photo_rgb)
    assert not np.shares_memory(drawn, photo_rgb)


def test_the_tint_mixes_photo_and_class_colour(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    drawn = overlay(result, photo_rgb, opacity=0.25, outlines=False, names=False)
    mixed = 0.75 * photo_rgb + 0.25 * mosaic(result)
    assert abs(drawn - np.where(result.label_map[..., None] > 0, mixed, photo_rgb)).max() <= 0.5


def test_full_opacity_is_the_mosaic_on_people_and_the_photo_elsewhere(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8]
) -> None:
    drawn = overlay(result, photo_rgb, opacity=1, outlines=False, names=False)
    assert np.array_equal(drawn, np.where(result.label_map[..., None] > 0, mosaic(result), photo_rgb))


def test_opacity_0_without_lines_and_names_is_the_photo(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    assert np.array_equal(overlay(result, photo_rgb, opacity=0, outlines=False, names=False), photo_rgb)


def test_the_photo_is_not_changed(large_result: ParseResult) -> None:
    photo_rgb = GREY.copy()
    overlay(large_result, photo_rgb)
    assert np.array_equal(photo_rgb, GREY)


def test_outlines_of_people_are_white_within_black(large_result: ParseResult) -> None:
    drawn = overlay(large_result, GREY, opacity=0, names=False)
    # Row 90 crosses from person 1 to person 2 at x = 240.
    assert (drawn[90, 239:241] == 255).all(axis=-1).any()
    assert (drawn[90, 236:244] == 0).all(axis=-1).any()
    assert (drawn[90, 210] == 128).all()


def test_borders_of_parts_have_the_colour_of_the_part(large_result: ParseResult) -> None:
    drawn = overlay(large_result, GREY, opacity=0, names=False)
    # Column 90 crosses from the hat into the face of person 1 at y = 60.
    assert [0, 255, 0] in drawn[57:63, 90].tolist()


def test_names_are_written_white_with_a_black_halo_on_parts_with_room(large_result: ParseResult) -> None:
    bare = overlay(large_result, GREY, names=False)
    written = overlay(large_result, GREY)
    changed = (written != bare).any(axis=-1)
    assert changed[large_result.mask("face")].any()
    assert not changed[large_result.mask("background")].all()
    assert (written[changed] >= 200).all(axis=-1).any()
    assert (written[changed] <= 30).all(axis=-1).any()


def test_tiny_pictures_have_no_room_for_names(result: ParseResult, photo_rgb: npt.NDArray[np.uint8]) -> None:
    assert np.array_equal(overlay(result, photo_rgb), overlay(result, photo_rgb, names=False))


def test_people_are_numbered_only_when_there_are_several() -> None:
    label_map = np.zeros((200, 300), np.uint8)
    label_map[100:110, 20:30] = label_map[100:110, 220:230] = CIHP.id_of("hair")  # too small for a name
    one = np.minimum(label_map, 1).astype(np.uint16)
    two = one.copy()
    two[:, 150:] *= 2
    grey = np.full((200, 300, 3), 128, np.uint8)
    for person_map, is_numbered in ((one, False), (two, True)):
        result = ParseResult.from_maps(label_map, person_map, label_map, label_set=CIHP)
        is_changed = not np.array_equal(overlay(result, grey), overlay(result, grey, names=False))
        assert is_changed == is_numbered


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_an_impossible_opacity_is_refused(
    result: ParseResult, photo_rgb: npt.NDArray[np.uint8], opacity: float
) -> None:
    with pytest.raises(ConfigError, match=r"opacity is .*; it must be from 0 to 1"):
        overlay(result, photo_rgb, opacity=opacity)


def test_another_photo_is_refused(result: ParseResult) -> None:
    with pytest.raises(ShapeError, match=r"photo is uint8 \(8, 6, 3\)"):
        overlay(result, np.zeros((8, 6, 3), np.uint8))
