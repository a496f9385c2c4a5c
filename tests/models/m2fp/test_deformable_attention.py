import torch
from torch import Tensor

from fittingroom.models.m2fp.deformable_attention import MultiScaleDeformableAttention


def bilinear(plane: Tensor, x: float, y: float) -> Tensor:
    """The value of (C, H, W) at a place in cells, cell i reaching from i to i + 1; nothing outside."""
    total = torch.zeros(len(plane))
    column, row = int(torch.tensor(x - 0.5).floor()), int(torch.tensor(y - 0.5).floor())
    for j in (row, row + 1):
        for i in (column, column + 1):
            if 0 <= j < plane.shape[1] and 0 <= i < plane.shape[2]:
                total += (1 - abs(x - 0.5 - i)) * (1 - abs(y - 0.5 - j)) * plane[:, j, i]
    return total


def by_the_book(
    attention: MultiScaleDeformableAttention, query: Tensor, reference_xy: Tensor, levels: list[Tensor], value: Tensor
) -> Tensor:
    """The definition of Deformable DETR, one query, head, level and point at a time."""
    heads, points = attention.heads, attention.points
    offsets = attention.sampling_offsets(query)[0].reshape(-1, heads, len(levels), points, 2)
    weights = attention.attention_weights(query)[0].reshape(-1, heads, len(levels) * points).softmax(2)
    weights = weights.reshape(-1, heads, len(levels), points)
    values = attention.value_proj(value)[0]
    mixed = torch.zeros(len(offsets), heads, values.shape[1] // heads)
    first = 0
    for level, plane in enumerate(levels):
        height, width = plane.shape[2:]
        cells = values[first : first + height * width].T.reshape(heads, -1, height, width)
        first += height * width
        for q in range(len(offsets)):
            for head in range(heads):
                for point in range(points):
                    x, y = reference_xy[q] * torch.tensor([width, height]) + offsets[q, head, level, point]
                    seen = bilinear(cells[head], float(x), float(y))
                    mixed[q, head] += weights[q, head, level, point] * seen
    return attention.output_proj(mixed.flatten(1))[None]


@torch.no_grad()
def test_it_is_what_the_paper_defines() -> None:
    torch.manual_seed(0)
    attention = MultiScaleDeformableAttention(8, heads=2, levels=2, points=3)
    torch.nn.init.normal_(attention.sampling_offsets.weight, std=0.5)
    torch.nn.init.normal_(attention.attention_weights.weight)
    levels = [torch.randn(1, 8, 2, 3), torch.randn(1, 8, 4, 5)]
    value = torch.cat([level.flatten(2).transpose(1, 2) for level in levels], 1)
    query, reference_xy = torch.randn(1, 4, 8), torch.rand(4, 2)
    expected = by_the_book(attention, query, reference_xy, levels, value)
    assert torch.allclose(attention(query, reference_xy, levels, value), expected, atol=1e-5)


@torch.no_grad()
def test_at_first_the_heads_look_in_different_directions_and_each_point_one_cell_further() -> None:
    attention = MultiScaleDeformableAttention(8, heads=4, levels=1, points=2)
    offsets = attention.sampling_offsets(torch.randn(1, 1, 8)).reshape(4, 2, 2)
    assert torch.allclose(offsets[:, 1], 2 * offsets[:, 0])
    assert torch.allclose(offsets[:, 0], torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]]), atol=1e-6)
