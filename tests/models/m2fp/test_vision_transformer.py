import torch

from fittingroom.models.m2fp.vision_transformer import Block, VisionTransformer


def test_features_come_at_strides_4_to_32_for_sizes_that_no_window_fits() -> None:
    net = VisionTransformer(width=16, depth=2, heads=2, window_cells=3, global_every=2, out_width=8).eval()
    with torch.no_grad():
        shapes = [tuple(level.shape) for level in net(torch.zeros(1, 3, 64, 160))]
    assert shapes == [(1, 8, 16, 40), (1, 8, 8, 20), (1, 8, 4, 10), (1, 8, 2, 5)]


@torch.no_grad()
def test_a_window_sees_nothing_of_the_next() -> None:
    torch.manual_seed(0)
    block = Block(8, 2, window_cells=2)
    cells = torch.randn(1, 2, 4, 8)
    altered = cells.clone()
    altered[:, :, 2:] += 1
    assert torch.allclose(block(cells)[:, :, :2], block(altered)[:, :, :2])


@torch.no_grad()
def test_a_window_as_large_as_the_picture_is_the_picture() -> None:
    torch.manual_seed(0)
    within, everywhere = Block(8, 2, window_cells=4), Block(8, 2, window_cells=0)
    everywhere.load_state_dict(within.state_dict())
    cells = torch.randn(1, 4, 4, 8)
    assert torch.allclose(within(cells), everywhere(cells), atol=1e-6)
