"""A recipe of three steps for the drawn photos."""

import pytest

from fittingroom.data.compositing import CompositeRule
from fittingroom.labels import LabelSet
from fittingroom.training.config import DataSource, TrainingConfig

HEADS = LabelSet("heads", ("background", "hair", "face"), ("背景", "头发", "面部"), ())


@pytest.fixture
def tiny_recipe() -> TrainingConfig:
    """Three steps on two pictures of 32 x 32 each, in exact arithmetic and in this process."""
    return TrainingConfig(
        name="tiny",
        sources=(DataSource("heads"),),
        val=DataSource("heads"),
        places=("places",),
        label_set=HEADS,
        steps=3,
        batch_size=2,
        view_sizes_hw=((32, 32),),
        composites=CompositeRule(people=(1, 2), min_visible_px=8),
        warmup_steps=1,
        mixed_precision=False,
        workers=0,
        checkpoint_every=2,
        val_long_side_px=64,
    )
