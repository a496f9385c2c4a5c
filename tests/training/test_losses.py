import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from fittingroom.data.photos import SOMEBODY_ID
from fittingroom.models.parsing_net import OFFSET_UNIT_PX, ParsingOutput
from fittingroom.training.losses import (
    LossWeights,
    PersonTargets,
    Truth,
    centre_loss,
    class_loss,
    offset_loss,
    overlap_loss,
    parsing_loss,
    person_targets,
)

# cells of the network's output: person 1 is a bar of three, person 2 a block of four
CELLS = torch.tensor(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 2, 2, 0],
        [0, 0, 0, 0, 0, 2, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=torch.uint8,
)


def in_pixels(cells: Tensor) -> Tensor:
    """(h, w) -> (1, 4 h, 4 w)."""
    return cells.repeat_interleave(4, 0).repeat_interleave(4, 1)[None]


def certain(labels: Tensor, num_classes: int) -> Tensor:
    """Logits (B, C, h, w) that leave no doubt about labels (B, h, w)."""
    return 30 * F.one_hot(labels.long(), num_classes).permute(0, 3, 1, 2).float()


def test_targets_are_those_worked_out_on_paper() -> None:
    people = person_targets(in_pixels(CELLS), in_pixels(CELLS))
    assert people.heat.shape == (1, 6, 8)
    assert people.offsets.shape == (1, 2, 6, 8)
    assert torch.equal(people.on_person[0], CELLS > 0)
    assert people.is_known.all()
    # person 1 around (2, 1); person 2 around (5.5, 3.5), which rounds to (6, 4)
    assert (people.heat[0] == 1).nonzero().tolist() == [[1, 2], [4, 6]]
    offsets_px = people.offsets[0] * OFFSET_UNIT_PX
    assert offsets_px[:, 1, 1].tolist() == [4, 0]
    assert offsets_px[:, 1, 3].tolist() == [-4, 0]
    assert offsets_px[:, 3, 5].tolist() == [2, 2]
    assert offsets_px[:, 4, 6].tolist() == [-2, -2]


def test_heat_falls_off_around_each_centre_and_never_exceeds_1() -> None:
    heat = person_targets(in_pixels(CELLS), in_pixels(CELLS)).heat[0]
    assert heat.max() == 1
    assert heat[1, 2] > heat[1, 3] > heat[1, 4]
    assert heat[0, 7] < 0.01


def test_nobody_gives_targets_without_heat() -> None:
    people = person_targets(torch.zeros(2, 16, 32, dtype=torch.uint8), torch.full((2, 16, 32), 255))
    assert not people.heat.any()
    assert not people.on_person.any()
    assert not people.is_known.any()


def test_a_missing_person_number_makes_no_centre() -> None:
    heat = person_targets(in_pixels(torch.where(CELLS == 1, 0, CELLS)), in_pixels(CELLS)).heat[0]
    assert (heat == 1).nonzero().tolist() == [[4, 6]]


def perfect_output(people: PersonTargets, labels: Tensor, num_classes: int) -> ParsingOutput:
    return ParsingOutput(
        class_logits=certain(labels[:, 2::4, 2::4], num_classes),
        centre_logits=torch.where(people.heat == 1, 30.0, -30.0)[:, None],
        centre_offsets=people.offsets,
        detail_logits=certain(labels[:, 2::4, 2::4] % 2, 2),
        point_logits=torch.full((1, 3, *people.heat.shape[1:]), -30.0),
        aux_logits=certain(labels[:, 8::16, 8::16], num_classes),
    )


def truth_of(labels: Tensor, people: PersonTargets) -> Truth:
    """Details 0 and 1 by the parity of the class, no body points."""
    is_known = labels < 255
    heat = torch.where(is_known[:, 2::4, 2::4], 0, 255).to(torch.uint8)[:, None].repeat(1, 3, 1, 1)
    return Truth(labels, torch.where(is_known, labels % 2, 255), heat, people)


def halves() -> tuple[Tensor, Tensor]:
    """Labels and person ids of 32 x 64 pixels: nobody left, one person of class 2 right."""
    labels = torch.zeros(1, 32, 64, dtype=torch.int64)
    labels[:, :, 32:] = 2
    return labels, (labels > 0).to(torch.uint8)


def test_a_perfect_answer_costs_next_to_nothing() -> None:
    labels, person_ids = halves()
    people = person_targets(person_ids, labels)
    losses = parsing_loss(perfect_output(people, labels, 3), truth_of(labels, people), torch.ones(3), LossWeights())
    assert set(losses) == {"classes", "overlap", "centre", "offset", "detail", "point", "total"}
    assert losses["total"] < 1e-3


def test_the_total_is_the_weighted_sum() -> None:
    labels, person_ids = halves()
    people = person_targets(person_ids, labels)
    torch.manual_seed(0)
    said = [torch.randn(1, channels, 8, 16) for channels in (3, 1, 2, 2, 3)]
    output = ParsingOutput(*said, None)
    weights = LossWeights(overlap=2, aux=9, centre=3, offset=4, detail=5, point=6)
    losses = parsing_loss(output, truth_of(labels, people), torch.ones(3), weights)
    parts = losses["classes"] + 2 * losses["overlap"] + 3 * losses["centre"] + 4 * losses["offset"]
    parts = parts + 5 * losses["detail"] + 6 * losses["point"]
    torch.testing.assert_close(losses["total"], parts)
    coarse = parsing_loss(
        output._replace(aux_logits=torch.zeros(1, 3, 2, 4)), truth_of(labels, people), torch.ones(3), weights
    )
    torch.testing.assert_close(coarse["total"], parts + 9 * torch.log(torch.tensor(3.0)))


def test_what_is_said_about_ignored_pixels_does_not_matter() -> None:
    labels, person_ids = halves()
    labels[:, :, :16] = 255
    people = person_targets(person_ids, labels)
    torch.manual_seed(0)
    output = perfect_output(people, labels.clamp(max=2), 3)
    said = [tensor.clone() for tensor in output]
    for tensor, columns in zip(said, (3, 4, 4, 4, 4, 1), strict=True):  # enlarging looks one cell beyond the ignored
        tensor[..., :columns] = torch.randn_like(tensor[..., :columns]) * 20
    first = parsing_loss(output, truth_of(labels, people), torch.ones(3), LossWeights())
    other = parsing_loss(ParsingOutput(*said), truth_of(labels, people), torch.ones(3), LossWeights())
    for name in first:
        torch.testing.assert_close(first[name], other[name])


def test_a_batch_of_which_nothing_is_known_costs_nothing_and_moves_no_weight() -> None:
    labels = torch.full((1, 32, 64), 255)
    people = person_targets(torch.zeros(1, 32, 64, dtype=torch.uint8), labels)
    logits = [torch.randn(1, channels, 8, 16, requires_grad=True) for channels in (3, 1, 2, 2, 3)]
    output = ParsingOutput(*logits, torch.randn(1, 3, 2, 4))
    total = parsing_loss(output, truth_of(labels, people), torch.ones(3), LossWeights())["total"]
    total.backward()
    assert total == 0
    assert all(one.grad is not None and not one.grad.any() for one in logits)


def test_somebody_of_unknown_class_may_be_anything_but_background() -> None:
    labels = torch.full((1, 1, 2), SOMEBODY_ID)
    chances = torch.tensor([[0.2, 0.2], [0.5, 0.8], [0.3, 0.0]])  # background, two classes
    logits = (chances + 1e-9).log()[None, :, None]
    assert class_loss(logits, labels, torch.ones(3)) == pytest.approx(-math.log(0.8))
    assert overlap_loss(logits, labels) == 0


def test_known_pixels_and_somebody_count_alike() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(1, 3, 2, 2), torch.tensor([[[0, 1], [SOMEBODY_ID, 255]]])
    chances = logits.softmax(1)[0]
    expected = -(chances[0, 0, 0].log() + chances[1, 0, 1].log() + (1 - chances[0, 1, 0]).log()) / 3
    torch.testing.assert_close(class_loss(logits, labels, torch.ones(3)), expected)


def test_the_class_loss_of_known_pixels_is_the_weighted_cross_entropy() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, 6, 8), torch.randint(0, 3, (2, 6, 8))
    labels[0, :3] = 255
    weights = torch.tensor([0.5, 1, 3])
    expected = F.cross_entropy(logits, labels, weights, ignore_index=255)
    torch.testing.assert_close(class_loss(logits, labels, weights), expected)


def test_the_overlap_counts_small_classes_as_much_as_large_ones() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.int64)
    labels[0, 0, 0] = 1
    assert overlap_loss(certain(labels, 3), labels) < 1e-3
    nothing_of_1 = overlap_loss(certain(torch.zeros_like(labels), 3), labels)
    assert nothing_of_1 == pytest.approx((1 - 126 / 127 + 1) / 2, abs=1e-3)  # Dice of class 0 and of class 1


def test_a_missed_centre_and_a_false_one_cost() -> None:
    people = person_targets(in_pixels(CELLS), in_pixels(CELLS))
    perfect = torch.where(people.heat == 1, 30.0, -30.0)
    assert centre_loss(perfect, people.heat, people.is_known) < 1e-6
    missed, invented = perfect.clone(), perfect.clone()
    missed[0, 1, 2] = -5
    invented[0, 0, 7] = 5
    assert centre_loss(missed, people.heat, people.is_known) > 1
    assert centre_loss(invented, people.heat, people.is_known) > 1


def test_next_to_a_centre_heat_costs_less_than_far_away() -> None:
    people = person_targets(in_pixels(CELLS), in_pixels(CELLS))
    near, far = (torch.full((1, 6, 8), -30.0) for _ in range(2))
    near[0, 1, 3] = far[0, 5, 0] = 2
    assert centre_loss(near, people.heat, people.is_known) < centre_loss(far, people.heat, people.is_known)


def test_offsets_cost_their_mean_error_on_people_only() -> None:
    people = person_targets(in_pixels(CELLS), in_pixels(CELLS))
    wrong = people.offsets + 0.5
    assert offset_loss(wrong, people) == pytest.approx(1.0)  # half in x and half in y
    elsewhere = torch.where(people.on_person[:, None], people.offsets, torch.tensor(9.0))
    assert offset_loss(elsewhere, people) == 0
    nobody = person_targets(torch.zeros(1, 24, 32, dtype=torch.uint8), torch.zeros(1, 24, 32))
    assert offset_loss(wrong, nobody) == 0
