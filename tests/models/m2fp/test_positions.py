import math

import torch

from fittingroom.models.m2fp.positions import sine_positions


def test_rows_are_told_in_the_first_half_and_columns_in_the_second() -> None:
    positions = sine_positions(torch.zeros(1, 8, 2, 3))
    assert positions.shape == (1, 8, 2, 3)
    assert torch.equal(positions[0, :4, :, 0], positions[0, :4, :, 2])
    assert torch.equal(positions[0, 4:, 0], positions[0, 4:, 1])


def test_cells_count_from_one_to_a_full_turn_and_sines_and_cosines_take_turns() -> None:
    column = sine_positions(torch.zeros(1, 8, 1, 4))[0, 4:, 0]  # (4, 4): sin, cos, slow sin, slow cos
    angle = 2 * math.pi * torch.arange(1, 5) / 4
    assert torch.allclose(column[0], angle.sin(), atol=1e-5)
    assert torch.allclose(column[1], angle.cos(), atol=1e-5)
    assert torch.allclose(column[2], (angle / 100).sin(), atol=1e-5)
