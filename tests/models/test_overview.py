import pytest
import torch

from fittingroom.models.overview import Overview
from fittingroom.models.parsing_net import ParsingNet


def test_a_new_overview_adds_nothing() -> None:
    features = torch.randn(2, 24, 5, 6)
    assert not Overview(24, 16, blocks=1).eval()(features).any()


def test_a_new_overview_changes_nothing_in_a_trained_network() -> None:
    torch.manual_seed(0)
    without, with_overview = ParsingNet(3).eval(), ParsingNet(3, overview_blocks=2).eval()
    assert (without.overview_blocks, with_overview.overview_blocks) == (0, 2)
    missing, unexpected = with_overview.load_state_dict(without.state_dict(), strict=False)
    assert not unexpected
    assert all(name.startswith("context.overview.") for name in missing)
    picture = torch.randn(1, 3, 48, 80)
    torch.testing.assert_close(with_overview(picture).class_logits, without(picture).class_logits)


@pytest.mark.parametrize("shape", [(1, 1), (4, 6), (5, 3)])
def test_what_it_adds_has_the_size_of_the_features(shape: tuple[int, int]) -> None:
    assert Overview(24, 16, blocks=2).eval()(torch.randn(1, 24, *shape)).shape == (1, 16, *shape)


def test_every_cell_hears_of_every_other() -> None:
    torch.manual_seed(0)
    overview = Overview(8, 16, blocks=1).eval()
    torch.nn.init.normal_(overview.spread.weight)
    features = torch.randn(1, 8, 12, 12)
    changed = features.clone()
    changed[..., -1, -1] += 3
    assert (overview(features) - overview(changed))[..., 0, 0].abs().max() > 1e-6
