import cv2
import numpy as np
import numpy.typing as npt

from fittingroom.export.matting import clean_colours, soft_coverage

HAIR, WALL = np.array([60, 40, 30]), np.array([210, 215, 220])


def strands() -> npt.NDArray[np.float32]:
    """True coverage: a head, and strands of half-covered pixels out of it."""
    coverage = np.zeros((80, 80), np.float32)
    cv2.circle(coverage, (40, 44), 22, 1.0, -1)
    for x in range(24, 58, 5):
        cv2.line(coverage, (x, 30), (x - 3, 17), 0.6, 1)
    return coverage


def pictured(coverage: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(1).normal(0, 2, (*coverage.shape, 3))
    picture = coverage[..., None] * HAIR + (1 - coverage[..., None]) * WALL + noise
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_strands_that_the_mask_does_not_have_are_found() -> None:
    truth = strands()
    mask = truth == 1
    soft = soft_coverage(mask, pictured(truth), 12)
    strand = (truth > 0) & (truth < 1) & (np.arange(80)[:, None] > 20)
    beside = (truth == 0) & (np.arange(80)[:, None] < 16)
    assert soft[strand].mean() > 0.25
    assert soft[beside].mean() < 0.05
    assert np.abs(soft - truth).mean() < np.abs(mask - truth).mean()


def test_far_from_the_border_the_mask_is_believed() -> None:
    mask = strands() == 1
    soft = soft_coverage(mask, np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8), 5)
    assert (soft[44 - 10 : 44 + 10, 30:50] == 1).all()
    assert (soft[:8] == 0).all()


def test_hair_before_something_of_its_colour_keeps_its_outline() -> None:
    mask = strands() == 1
    soft = soft_coverage(mask, np.full((80, 80, 3), 30, np.uint8), 12)
    assert ((soft > 0.5) == mask).mean() > 0.99
    assert ((soft > 0) & (soft < 1)).mean() < 0.08  # a thin rim, and no mist


def test_what_shines_through_is_taken_out_of_the_colour() -> None:
    truth = strands()
    photo = pictured(truth)
    partly = (truth > 0) & (truth < 1)
    before = np.abs(photo.astype(float) - HAIR)[partly].mean()
    after = np.abs(clean_colours(photo, truth, 12).astype(float) - HAIR)[partly].mean()
    assert after < 0.35 * before
    sure = truth == 1
    assert np.array_equal(clean_colours(photo, truth, 12)[sure], photo[sure])


def test_a_mask_without_a_border_has_no_soft_pixels() -> None:
    photo = np.zeros((9, 9, 3), np.uint8)
    assert (soft_coverage(np.ones((9, 9), bool), photo, 2) == 1).all()
    assert (soft_coverage(np.zeros((9, 9), bool), photo, 2) == 0).all()
