from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fittingroom.data.photos import find_photos
from fittingroom.errors import ConfigError, ModelError
from fittingroom.evaluation.evaluate import evaluate_photos
from fittingroom.labels import LabelSet
from fittingroom.models.m2fp import build
from fittingroom.training.config import DataSource
from fittingroom.training.m2fp.config import M2fpTrainingConfig, read_m2fp_config
from fittingroom.training.m2fp.criterion import M2fpLossRule
from fittingroom.training.m2fp.trainer import (
    build_optimizer,
    learning_rate_factor,
    starting_network,
    train_m2fp,
    trained_network,
    trained_parser,
)
from fittingroom.training.m2fp.views import ViewRule

HEADS = LabelSet("heads", ("background", "hair", "face"))


@pytest.fixture
def recipe() -> M2fpTrainingConfig:
    """Two steps on two small pictures."""
    return M2fpTrainingConfig(
        name="tiny",
        network="m2fp-tiny",
        sources=(DataSource("heads"),),
        label_set=HEADS,
        steps=2,
        batch_size=2,
        view=ViewRule(side_px=64, min_scale=1, max_scale=1, turn_chance=0, changes_colours=False),
        learning_rate=2e-3,
        backbone_rate=1.0,
        warmup_steps=20,
        max_gradient_norm=1.0,
        losses=M2fpLossRule(points=512),
        workers=0,
        checkpoint_every=1,
        short_side_px=48,
        long_side_px=64,
    )


@pytest.mark.slow
def test_four_pictures_are_learned_by_heart(recipe: M2fpTrainingConfig, drawn_photos: Path, tmp_path: Path) -> None:
    recipe = replace(recipe, steps=150, batch_size=4, checkpoint_every=150)
    net = trained_network(recipe, train_m2fp(recipe, drawn_photos, tmp_path, threads=1, device="cpu"))
    figures = evaluate_photos(trained_parser(net, recipe), find_photos(drawn_photos / "heads")).as_dict()
    assert figures["mIoU"] > 0.9


@pytest.mark.slow
def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(
    recipe: M2fpTrainingConfig, drawn_photos: Path, tmp_path: Path
) -> None:
    whole = train_m2fp(recipe, drawn_photos, tmp_path / "whole", threads=1, device="cpu")
    train_m2fp(replace(recipe, steps=1), drawn_photos, tmp_path / "parts", threads=1, device="cpu")
    parts = train_m2fp(recipe, drawn_photos, tmp_path / "parts", threads=1, device="cpu")
    ours, theirs = (torch.load(path, weights_only=True) for path in (whole, parts))
    assert ours["step"] == theirs["step"] == 2
    assert all(torch.allclose(value, theirs["model"][key], atol=1e-5) for key, value in ours["model"].items())


@pytest.mark.slow
def test_for_one_person_validation_and_fine_tuning_to_other_classes_work(
    recipe: M2fpTrainingConfig, drawn_photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    single = replace(recipe, people="single", val=DataSource("heads"))
    checkpoint = train_m2fp(single, drawn_photos, tmp_path, threads=1, device="cpu")
    assert (tmp_path / "val.jsonl").read_text().startswith('{"step": 2, "photos": 4')
    net = starting_network(replace(recipe, start=str(checkpoint)), drawn_photos)
    assert "tells 3 classes apart, this recipe 4: the layer that names classes starts anew" in capsys.readouterr().out
    before = torch.load(checkpoint, weights_only=True)["model"]["backbone.stem.conv1.weight"]
    assert torch.equal(net.state_dict()["backbone.stem.conv1.weight"], before)
    norm = net.backbone.stem.conv1.norm  # type: ignore[union-attr]
    assert not norm.weight.requires_grad  # frozen, since there were starting weights


def test_weights_of_another_network_are_refused(recipe: M2fpTrainingConfig, tmp_path: Path) -> None:
    torch.save({"model": {"backbone.stem.conv1.weight": torch.zeros(1)}}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="these weights are not of this network; nothing was loaded"):
        trained_network(recipe, tmp_path / "other.pt")


def test_the_rate_warms_up_and_falls_twice(recipe: M2fpTrainingConfig) -> None:
    config = replace(recipe, steps=265, warmup_steps=10)
    assert learning_rate_factor(0, config) == pytest.approx(0.1)
    assert learning_rate_factor(100, config) == 1
    assert learning_rate_factor(240, config) == pytest.approx(0.1)
    assert learning_rate_factor(260, config) == pytest.approx(0.01)


def test_norms_and_embeddings_do_not_decay_and_the_backbone_learns_slower(recipe: M2fpTrainingConfig) -> None:
    net = build("m2fp-tiny", 4)
    groups = build_optimizer(net, replace(recipe, backbone_rate=0.1)).param_groups
    decay_of = {id(parameter): group for group in groups for parameter in group["params"]}
    predictor = net.sem_seg_head.predictor
    assert decay_of[id(predictor.query_feat.weight)]["weight_decay"] == 0
    assert decay_of[id(predictor.decoder_norm.weight)]["weight_decay"] == 0
    assert decay_of[id(predictor.class_embed.weight)]["weight_decay"] == 0.05
    stem = decay_of[id(net.backbone.stem.conv1.weight)]  # type: ignore[union-attr]
    assert stem["initial_lr"] == pytest.approx(0.1 * recipe.learning_rate)
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))


RECIPE = """
name = "mine"
network = "m2fp-r50"
[view]
side_px = 512
[losses]
points = 4096
[losses.matching]
overlap = 2.0
[[sources]]
folder = "heads"
"""


def test_a_recipe_is_read_from_toml(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    config = read_m2fp_config(tmp_path / "recipe.toml")
    assert config is not None
    assert (config.network, config.view.side_px, config.losses.points) == ("m2fp-r50", 512, 4096)
    assert config.losses.matching.overlap == 2
    assert config.outputs == 21


def test_a_recipe_without_a_network_is_not_one_of_m2fp(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('name = "ours"')
    assert read_m2fp_config(tmp_path / "recipe.toml") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("m2fp-r50", "m2fp-r18"), "network is 'm2fp-r18'; known are m2fp-r50"),
        (("side_px = 512", "side_px = 500"), "side_px is 500; it must be a multiple of 32"),
        (('name = "mine"', 'name = "mine"\npeople = "many"'), "people is 'many'; it must be multiple or single"),
        (("points = 4096", "dots = 1"), "unknown key 'dots'"),
        (("[[sources]]", "[[others]]"), "no .*sources"),
    ],
)
def test_what_a_recipe_cannot_say_is_refused(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.replace(*change))
    with pytest.raises(ConfigError, match=says):
        read_m2fp_config(tmp_path / "recipe.toml")
