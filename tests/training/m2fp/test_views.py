import numpy as np
import torch

from fittingroom.data.photos import LabelledPhoto, PhotoFiles
from fittingroom.data.samples import PhotoSource
from fittingroom.labels import LabelSet
from fittingroom.training.m2fp.views import ViewBatches, ViewRule, random_matrix

HEADS = LabelSet("heads", ("background", "left", "right"), flip_pairs=((1, 2),))
RULE = ViewRule(side_px=64, changes_colours=False)


class Painted(PhotoFiles):
    """A photo that lies on no disk: somebody in the left half, class 1."""

    def read(self) -> LabelledPhoto:
        half = np.zeros((48, 64), np.uint8)
        half[:, :32] = 1
        return LabelledPhoto(np.full((48, 64, 3), 90, np.uint8), half, half.copy())


def batches(rule: ViewRule, *, first: int = 0) -> ViewBatches:
    files = Painted(name="painted", image=None, labels=None, instances=None, labels_ext=None)  # type: ignore[arg-type]
    return ViewBatches(
        [PhotoSource([files], 1.0, 1.0, np.ones(1))], HEADS, rule,
        tells_people_apart=True, batch_size=2, seed=3, first=first, count=4, cache_mb=0,
    )  # fmt: skip


def test_a_batch_depends_on_its_number_alone_so_that_a_run_can_go_on() -> None:
    pixels, targets = batches(RULE)[2]
    again, targets_again = batches(RULE, first=2)[0]
    assert torch.equal(pixels, again)
    assert all(torch.equal(a.masks, b.masks) for a, b in zip(targets, targets_again, strict=True))
    assert pixels.shape == (2, 3, 64, 64)
    assert pixels.dtype == torch.float32


def test_nobody_is_in_the_border_of_a_turned_or_shrunk_photo() -> None:
    rule = ViewRule(side_px=64, min_scale=0.3, max_scale=0.3, mirror_chance=0, turn_chance=1, changes_colours=False)
    for index in range(4):
        _, targets = batches(rule)[index]
        for target in targets:
            outside = ~target.is_known
            assert outside.float().mean() > 0.5
            assert not target.masks[:, outside].any()


def test_a_mirrored_view_swaps_left_and_right() -> None:
    rule = ViewRule(side_px=64, min_scale=1, max_scale=1, mirror_chance=1, turn_chance=0, changes_colours=False)
    _, targets = batches(rule)[0]
    assert sorted(targets[0].classes.tolist()) == [0, 2, 3]


def test_a_view_of_a_larger_photo_stays_within_it() -> None:
    rng = np.random.default_rng(0)
    rule = ViewRule(side_px=32, min_scale=2, max_scale=2, turn_chance=0)
    photo = LabelledPhoto(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint8))
    for _ in range(20):
        matrix = random_matrix(photo, rule, rng)
        corners = np.linalg.inv(matrix[:, :2]) @ (np.array([[0, 32], [0, 32]]) - matrix[:, 2:])
        assert corners.min() >= -1e-6
        assert corners.max() <= 64 + 1e-6
