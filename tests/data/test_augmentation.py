import numpy as np
import pytest

from fittingroom.data.augmentation import (
    GRAY_RGB,
    box_of,
    random_angle_deg,
    random_camera,
    random_view,
    swap_classes,
    view_matrix,
    warp_photo,
)
from fittingroom.data.photos import LabelledPhoto

IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])
PAIRS = ((3, 4),)


def drawn_photo(height: int = 6, width: int = 8) -> LabelledPhoto:
    """Noise with two people, ignored pixels and a bag."""
    rng = np.random.default_rng(0)
    labels = np.zeros((height, width), np.uint8)
    person_ids = np.zeros((height, width), np.uint8)
    labels[1:5, 0:3], person_ids[1:5, 0:3] = 3, 1
    labels[2:4, 5:7], person_ids[2:4, 5:7] = 4, 2
    labels[0, 7] = 255
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return LabelledPhoto(pixels, labels, person_ids, carried=labels == 4)


def mirror(width: int) -> np.ndarray:
    return np.array([[-1.0, 0, width - 1], [0, 1, 0]])


def assert_same(first: LabelledPhoto, second: LabelledPhoto) -> None:
    assert np.array_equal(first.pixels_rgb, second.pixels_rgb)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.person_ids, second.person_ids)
    assert first.carried is not None
    assert second.carried is not None
    assert np.array_equal(first.carried, second.carried)


def test_the_identity_changes_nothing() -> None:
    photo = drawn_photo()
    assert_same(warp_photo(photo, IDENTITY, (6, 8), PAIRS), photo)


def test_mirroring_moves_pixels_and_swaps_left_and_right() -> None:
    photo = drawn_photo()
    mirrored = warp_photo(photo, mirror(8), (6, 8), PAIRS)
    assert np.array_equal(mirrored.pixels_rgb, photo.pixels_rgb[:, ::-1])
    assert np.array_equal(mirrored.person_ids, photo.person_ids[:, ::-1])
    assert np.array_equal(mirrored.labels == 4, (photo.labels == 3)[:, ::-1])
    assert np.array_equal(mirrored.labels == 255, (photo.labels == 255)[:, ::-1])


def test_mirroring_twice_changes_nothing() -> None:
    photo = drawn_photo()
    assert_same(warp_photo(warp_photo(photo, mirror(8), (6, 8), PAIRS), mirror(8), (6, 8), PAIRS), photo)


def test_turning_half_a_turn_swaps_no_sides() -> None:
    photo = drawn_photo()
    turned = warp_photo(photo, np.array([[-1.0, 0, 7], [0, -1, 5]]), (6, 8), PAIRS)
    assert np.array_equal(turned.labels, photo.labels[::-1, ::-1])


def test_outside_the_photo_is_gray_ignored_and_nobody() -> None:
    photo = drawn_photo()
    moved = warp_photo(photo, np.array([[1.0, 0, 3], [0, 1, 2]]), (9, 13), PAIRS)
    outside = np.ones((9, 13), bool)
    outside[2:8, 3:11] = False
    assert np.array_equal(moved.labels[2:8, 3:11], photo.labels)
    assert (moved.pixels_rgb[outside] == GRAY_RGB[0]).all()
    assert (moved.labels[outside] == 255).all()
    assert (moved.person_ids[outside] == 0).all()
    assert moved.carried is not None
    assert not moved.carried[outside].any()


def test_a_photo_without_carried_things_stays_without() -> None:
    photo = drawn_photo()
    plain = LabelledPhoto(photo.pixels_rgb, photo.labels, photo.person_ids)
    assert warp_photo(plain, mirror(8), (6, 8), PAIRS).carried is None


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.5, 0.25, 0.13])
def test_pixels_and_labels_of_a_resized_photo_stay_on_each_other(scale: float) -> None:
    labels = np.zeros((160, 200), np.uint8)
    labels[40:120, 60:150] = 1
    pixels = np.where(labels[..., None] > 0, 255, GRAY_RGB[0]) + np.zeros(3)
    photo = LabelledPhoto(pixels.astype(np.uint8), labels, labels)
    places = np.arange(80)
    shifts = []
    for phase in np.linspace(0, 1, 16, endpoint=False):  # a sampled outline is right only on average over them
        focus = (105 + phase / scale, 80 + phase / scale)
        view = warp_photo(photo, view_matrix(focus, (80, 80), scale=scale, angle_deg=0, mirrored=False), (80, 80), ())
        shown = [view.pixels_rgb[..., 0] - float(GRAY_RGB[0]), view.labels == 1]
        by_pixels, by_labels = ([(one.sum(axis) * places).sum() / one.sum() for axis in (0, 1)] for one in shown)
        shifts.append(np.subtract(by_pixels, by_labels))
    assert np.abs(np.mean(shifts, 0)).max() < 0.1  # of a pixel of the view


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle_deg", [0.0, 30.0, -90.0])
def test_a_view_shows_its_focus_in_the_middle_at_the_asked_scale(angle_deg: float, mirrored: bool) -> None:
    matrix = view_matrix((30, 50), (64, 48), scale=1.5, angle_deg=angle_deg, mirrored=mirrored)
    assert matrix @ (30, 50, 1) == pytest.approx((24, 32))
    determinant = np.linalg.det(matrix[:, :2])
    assert determinant == pytest.approx(-(1.5**2) if mirrored else 1.5**2)


def test_a_view_turned_by_90_degrees_shows_what_was_right_below() -> None:
    matrix = view_matrix((0, 0), (10, 10), scale=1, angle_deg=90, mirrored=False)
    assert matrix @ (1, 0, 1) == pytest.approx((5, 6))


def test_swapping_classes_twice_changes_nothing_and_leaves_the_others() -> None:
    labels = np.array([[0, 1, 3, 4, 255]], np.uint8)
    assert swap_classes(labels, PAIRS).tolist() == [[0, 1, 4, 3, 255]]
    assert np.array_equal(swap_classes(swap_classes(labels, PAIRS), PAIRS), labels)


def test_a_box_holds_the_true_pixels_tightly() -> None:
    mask = np.zeros((6, 8), bool)
    assert box_of(mask) is None
    mask[2, 3] = mask[4, 6] = True
    assert box_of(mask) == (3, 2, 4, 3)


@pytest.mark.parametrize("people", [True, False])
def test_every_random_view_shows_some_of_the_photo(people: bool) -> None:
    photo = drawn_photo(60, 80)
    if not people:
        photo = LabelledPhoto(photo.pixels_rgb, np.zeros((60, 80), np.uint8), np.zeros((60, 80), np.uint8))
    rng = np.random.default_rng(0)
    for _ in range(100):
        matrix = random_view(photo, (32, 48), rng, head_classes=frozenset({4}))
        view = warp_photo(photo, matrix, (32, 48), PAIRS)
        assert (view.labels != 255).mean() > 0.05


def test_random_views_follow_their_generator() -> None:
    photo = drawn_photo(60, 80)
    first, again, other = (
        random_view(photo, (32, 48), np.random.default_rng(seed), head_classes=frozenset()) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_half_of_all_angles_are_upright() -> None:
    rng = np.random.default_rng(0)
    angles = [random_angle_deg(rng) for _ in range(400)]
    assert 0.4 < np.mean(np.array(angles) == 0) < 0.6
    assert max(map(abs, angles)) > 90


def test_the_camera_keeps_size_and_kind_and_leaves_its_argument_alone() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (15, 17, 3), dtype=np.uint8)
    before = pixels.copy()
    rng = np.random.default_rng(1)
    for _ in range(60):  # each effect at least once
        seen = random_camera(pixels, rng)
        assert seen.shape == pixels.shape
        assert seen.dtype == np.uint8
    assert np.array_equal(pixels, before)


def test_the_camera_follows_its_generator() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (15, 17, 3), dtype=np.uint8)
    for seed in range(10):
        first, again = (random_camera(pixels, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(first, again)
