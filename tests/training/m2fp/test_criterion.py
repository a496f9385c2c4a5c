import pytest
import torch

from fittingroom.models.m2fp import M2fpOutput
from fittingroom.training.m2fp.criterion import M2fpLossRule, m2fp_loss, point_losses
from fittingroom.training.m2fp.matcher import MatchWeights, match
from fittingroom.training.m2fp.points import doubtful_points, look_up, sample_at
from fittingroom.training.m2fp.targets import MaskTargets


@pytest.fixture
def halves() -> MaskTargets:
    """Class 1 on the left half of 16 x 16, class 0 on the right."""
    masks = torch.zeros(2, 16, 16, dtype=torch.bool)
    masks[0, :, :8], masks[1, :, 8:] = True, True
    return MaskTargets(torch.tensor([1, 0]), masks, torch.ones(16, 16, dtype=torch.bool))


def right_answer(targets: MaskTargets) -> tuple[torch.Tensor, torch.Tensor]:
    """Query 2 says the first mask, query 0 the second, query 1 nothing."""
    class_logits = torch.full((3, 3), -8.0)
    class_logits[2, 1] = class_logits[0, 0] = class_logits[1, 2] = 8
    mask_logits = torch.full((3, 4, 4), -8.0)
    mask_logits[2, :, :2] = mask_logits[0, :, 2:] = 8
    return class_logits, mask_logits


def test_each_mask_is_given_to_the_query_that_says_it(halves: MaskTargets) -> None:
    torch.manual_seed(0)
    queries, masks = match(*right_answer(halves), halves, points=64, weights=MatchWeights())
    assert dict(zip(queries.tolist(), masks.tolist(), strict=True)) == {2: 0, 0: 1}


def test_with_more_masks_than_queries_each_query_has_one(halves: MaskTargets) -> None:
    class_logits, mask_logits = right_answer(halves)
    queries, masks = match(class_logits[2:], mask_logits[2:], halves, points=64, weights=MatchWeights())
    assert (queries.tolist(), masks.tolist()) == ([0], [0])


def test_a_right_answer_costs_next_to_nothing_and_a_wrong_one_more(halves: MaskTargets) -> None:
    torch.manual_seed(0)
    class_logits, mask_logits = right_answer(halves)
    rule = M2fpLossRule(points=64)
    right = m2fp_loss(M2fpOutput(class_logits[None], mask_logits[None], []), [halves], rule)
    assert right["classes"] < 0.01
    wrong_class = m2fp_loss(M2fpOutput(-class_logits[None], mask_logits[None], []), [halves], rule)
    wrong_mask = m2fp_loss(M2fpOutput(class_logits[None], -mask_logits[None], []), [halves], rule)
    assert wrong_class["total"] > right["total"] + 1
    assert wrong_mask["total"] > right["total"] + 1


def test_every_prediction_counts(halves: MaskTargets) -> None:
    torch.manual_seed(0)
    class_logits, mask_logits = right_answer(halves)
    once = M2fpOutput(class_logits[None], mask_logits[None], [])
    twice = M2fpOutput(class_logits[None], mask_logits[None], [(class_logits[None], mask_logits[None])])
    rule = M2fpLossRule(points=1024)
    ratio = m2fp_loss(twice, [halves], rule)["mask"] / m2fp_loss(once, [halves], rule)["mask"]
    assert ratio == pytest.approx(2, rel=0.3)  # the points differ


def test_where_nothing_is_known_nothing_is_wrong() -> None:
    logits, truth = torch.randn(2, 4, 4), torch.zeros(2, 16, 16, dtype=torch.bool)
    by_points, dice = point_losses(logits, truth, torch.zeros_like(truth), points=32)
    assert (float(by_points), float(dice)) == (0, 0)


def test_a_picture_without_masks_teaches_silence_alone() -> None:
    nothing = MaskTargets(
        torch.zeros(0, dtype=torch.int64), torch.zeros(0, 8, 8, dtype=torch.bool), torch.ones(8, 8, dtype=torch.bool)
    )
    logits = torch.zeros(1, 3, 4, requires_grad=True)
    losses = m2fp_loss(M2fpOutput(logits, torch.zeros(1, 3, 2, 2), []), [nothing], M2fpLossRule(points=16))
    losses["total"].backward()
    assert losses["mask"] == losses["dice"] == 0
    assert losses["classes"] > 0


def test_points_are_read_where_they_lie() -> None:
    maps = torch.arange(8.0).reshape(1, 2, 4)
    centres = torch.tensor([[[0.125, 0.25], [0.875, 0.75], [0.25, 0.25]]])
    assert sample_at(maps, centres)[0].tolist() == pytest.approx([0, 7, 0.5])
    assert look_up(maps > 3.5, centres)[0].tolist() == [False, True, False]


def test_most_points_lie_where_the_mask_is_in_doubt() -> None:
    torch.manual_seed(0)
    logits = torch.linspace(-8, 8, 64).expand(1, 64, 64)  # in doubt in the middle columns
    x = doubtful_points(logits, 400)[0, :, 0]
    assert ((x - 0.5).abs() < 0.15).float().mean() > 0.7
    assert (x < 0.2).any()
