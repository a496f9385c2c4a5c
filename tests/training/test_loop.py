import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from fittingroom.data.photos import find_photos
from fittingroom.errors import ConfigError
from fittingroom.models.parsing_net import ParsingNet
from fittingroom.training import loop
from fittingroom.training.checkpoint import load_network, save_checkpoint
from fittingroom.training.config import DataSource, TrainingConfig
from fittingroom.training.loop import (
    AveragedNet,
    SampleBatches,
    build_network,
    build_optimizer,
    build_stream,
    class_weights,
    data_hashes,
    learning_rate_factor,
    locate,
    train,
)


def test_the_learning_rate_warms_up_falls_and_ends_at_a_hundredth(tiny_recipe: TrainingConfig) -> None:
    recipe = replace(tiny_recipe, steps=1000, warmup_steps=100)
    factors = [learning_rate_factor(step, recipe) for step in range(1001)]
    assert factors[0] == pytest.approx(0.01)
    assert factors[:90] == sorted(factors[:90])
    assert factors[110:] == sorted(factors[110:], reverse=True)
    assert factors[500] == pytest.approx(0.505)
    assert factors[1000] == pytest.approx(0.01)


def test_without_warm_up_the_first_step_has_the_full_rate(tiny_recipe: TrainingConfig) -> None:
    assert learning_rate_factor(0, replace(tiny_recipe, warmup_steps=0)) == 1


def test_the_average_follows_quickly_at_first_and_slowly_later() -> None:
    net = nn.BatchNorm1d(2)
    averaged = AveragedNet(net, decay=0.9)  # type: ignore[arg-type]
    with torch.no_grad():
        net.weight.fill_(2)
        net.num_batches_tracked.fill_(7)
    averaged.update(net, step=0)  # type: ignore[arg-type]
    assert averaged.state["weight"].tolist() == pytest.approx([1.9, 1.9])  # from 1 to 2, nine tenths of the way
    assert averaged.state["num_batches_tracked"] == 7
    averaged.update(net, step=10_000)  # type: ignore[arg-type]
    assert averaged.state["weight"].tolist() == pytest.approx([1.91, 1.91])


def test_the_average_is_no_window_onto_the_network() -> None:
    net = nn.BatchNorm1d(2)
    averaged = AveragedNet(net, decay=0.9)  # type: ignore[arg-type]
    with torch.no_grad():
        net.weight.fill_(5)
    assert averaged.state["weight"].tolist() == [1, 1]


@dataclass
class ShownLabels:
    labels: NDArray[np.uint8]


class FakeStream:
    """Every sample is nine tenths background, a tenth class 1 and some ignored pixels."""

    def __getitem__(self, index: int) -> ShownLabels:
        return ShownLabels(np.array([[0] * 9 + [1] + [255] * 3], np.uint8))


def test_rare_classes_weigh_more_and_the_mean_over_pixels_is_1() -> None:
    weights = class_weights(FakeStream(), 2, 0.2, samples=3)  # type: ignore[arg-type]
    assert weights.dtype == torch.float32
    assert weights[1] / weights[0] == pytest.approx(9**0.2)
    assert 0.9 * weights[0] + 0.1 * weights[1] == pytest.approx(1)


def test_with_power_0_all_classes_weigh_alike_and_no_weight_runs_away() -> None:
    assert class_weights(FakeStream(), 2, 0.0, samples=3).tolist() == pytest.approx([1, 1])  # type: ignore[arg-type]
    assert class_weights(FakeStream(), 3, 1.0, samples=3)[2] == 6  # type: ignore[arg-type]  # never seen


def test_every_parameter_that_learns_is_in_one_group_and_norms_and_biases_do_not_decay(
    tiny_recipe: TrainingConfig,
) -> None:
    net = ParsingNet(3)
    net.backbone.freeze_first_blocks(2)
    groups = build_optimizer(net, tiny_recipe).param_groups
    grouped = [id(parameter) for group in groups for parameter in group["params"]]
    learning = {id(parameter): name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert sorted(grouped) == sorted(learning)
    for group in groups:
        for parameter in group["params"]:
            is_backbone = learning[id(parameter)].startswith("backbone.")
            assert group["initial_lr"] == pytest.approx(2e-3 * (0.15 if is_backbone else 1))
            assert group["weight_decay"] == (0.02 if parameter.dim() > 1 else 0)


def test_batches_hold_consecutive_samples(drawn_photos: Path, tiny_recipe: TrainingConfig) -> None:
    stream = build_stream(tiny_recipe, drawn_photos, tiny_recipe.label_set)
    batches = SampleBatches(stream, first=3, count=2)
    assert len(batches) == 2
    pixels, labels, person_ids, details, _ = batches[1]
    assert pixels.shape == (2, 3, 32, 32)
    assert labels.shape == person_ids.shape == details.shape == (2, 32, 32)
    assert np.array_equal(pixels[1].permute(1, 2, 0), stream[9].pixels_rgb)
    assert np.array_equal(labels[0], stream[8].labels)


def test_what_a_recipe_names_lies_below_the_data_root_or_anywhere(tmp_path: Path) -> None:
    (tmp_path / "data/photos").mkdir(parents=True)
    (tmp_path / "run").mkdir()
    assert locate("photos", tmp_path / "data") == tmp_path / "data/photos"
    assert locate(str(tmp_path / "run"), tmp_path / "data") == tmp_path / "run"
    with pytest.raises(
        ConfigError, match=r"pictures is neither below .+data nor a path of its own; correct the recipe"
    ):
        locate("pictures", tmp_path / "data")


def test_missing_folders_are_named(drawn_photos: Path, tiny_recipe: TrainingConfig) -> None:
    with pytest.raises(ConfigError, match="portraits is neither below"):
        build_stream(replace(tiny_recipe, sources=(DataSource("portraits"),)), drawn_photos, tiny_recipe.label_set)
    with pytest.raises(ConfigError, match="no pictures found in heads below"):
        build_stream(replace(tiny_recipe, places=("heads",)), drawn_photos, tiny_recipe.label_set)
    with pytest.raises(ConfigError, match=r"weights\.npz is neither below"):
        build_network(replace(tiny_recipe, start="weights.npz"), drawn_photos, tiny_recipe.label_set)


def test_the_hashes_of_the_data_name_each_part_and_follow_its_bytes(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path
) -> None:
    recipe = replace(tiny_recipe, val=None)
    hashes = data_hashes(recipe, drawn_photos)
    assert list(hashes) == ["heads", "places"]
    import shutil

    copied = tmp_path / "copied"
    shutil.copytree(drawn_photos, copied)
    assert data_hashes(recipe, copied) == hashes
    labels = find_photos(copied / "heads")[0].labels
    labels.write_bytes(labels.read_bytes() + b"\0")
    changed = data_hashes(recipe, copied)
    assert changed["heads"] != hashes["heads"]
    assert changed["places"] == hashes["places"]


def test_finer_labels_count_for_the_hash_where_they_are_read(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path
) -> None:
    import shutil

    root = tmp_path / "copied"
    shutil.copytree(drawn_photos, root)
    shutil.copytree(root / "heads/labels", root / "heads/labels_ext")
    plain = replace(tiny_recipe, val=None, places=())
    carried = replace(plain, sources=(DataSource("heads", carried_ids=(2,)),))
    assert data_hashes(plain, root) == data_hashes(plain, drawn_photos)
    assert data_hashes(carried, root) != data_hashes(carried, drawn_photos)


def test_the_same_seed_gives_the_same_network(drawn_photos: Path, tiny_recipe: TrainingConfig) -> None:
    first, again = (build_network(tiny_recipe, drawn_photos, tiny_recipe.label_set) for _ in range(2))
    torch.testing.assert_close(first.state_dict(), again.state_dict(), rtol=0, atol=0)
    other = build_network(replace(tiny_recipe, seed=2), drawn_photos, tiny_recipe.label_set)
    assert not torch.equal(first.classify.weight, other.classify.weight)


def test_a_run_may_start_from_one_of_other_classes(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = ParsingNet(5)
    save_checkpoint(tmp_path / "old.pt", trained, trained.state_dict(), torch.optim.SGD(trained.parameters()), 1)
    net = build_network(replace(tiny_recipe, start=str(tmp_path / "old.pt")), drawn_photos, tiny_recipe.label_set)
    assert net.classify.out_channels == 3
    assert torch.equal(net.offset.weight, trained.offset.weight)
    assert torch.equal(net.backbone.stem.weight, trained.backbone.stem.weight)
    assert "tells 5 classes apart, this recipe 3: the layers 'classify' and 'aux' start anew" in capsys.readouterr().out


def test_a_run_that_starts_from_one_of_the_same_classes_takes_everything(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path
) -> None:
    trained = ParsingNet(3)
    save_checkpoint(tmp_path / "old.pt", trained, trained.state_dict(), torch.optim.SGD(trained.parameters()), 1)
    net = build_network(replace(tiny_recipe, start=str(tmp_path / "old.pt")), drawn_photos, tiny_recipe.label_set)
    torch.testing.assert_close(net.state_dict(), trained.state_dict(), rtol=0, atol=0)


def rows_of(run: Path) -> list[dict[str, str]]:
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_run_leaves_a_network_a_log_and_figures(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path
) -> None:
    checkpoint = train(tiny_recipe, drawn_photos, tmp_path / "run", threads=1)
    assert load_network(checkpoint).classify.out_channels == 3
    (row,) = rows_of(tmp_path / "run")
    assert row["step"] == "3"
    assert float(row["total"]) > 0
    (figures,) = [json.loads(line) for line in (tmp_path / "run/val.jsonl").read_text().splitlines()]
    assert figures["step"] == 3
    assert 0 <= figures["mIoU"] <= 1
    assert list(json.loads((tmp_path / "run/data.json").read_text())) == ["heads", "places"]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_weights(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = torch.load(train(tiny_recipe, drawn_photos, tmp_path / "whole", threads=1), weights_only=True)

    def save_and_stop(*arguments: Any) -> None:
        save_checkpoint(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_checkpoint", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(tiny_recipe, drawn_photos, tmp_path / "halted", threads=1)
    assert torch.load(tmp_path / "halted/checkpoint.pt", weights_only=True)["step"] == 2
    gone_on = torch.load(train(tiny_recipe, drawn_photos, tmp_path / "halted", threads=1), weights_only=True)
    assert gone_on["step"] == whole["step"] == 3
    torch.testing.assert_close(gone_on["weights"], whole["weights"], rtol=0, atol=1e-6)
    torch.testing.assert_close(gone_on["averaged"], whole["averaged"], rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_finished_run_stays_as_it_is(
    drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = replace(tiny_recipe, val=None)
    before = train(recipe, drawn_photos, tmp_path / "run", threads=1).read_bytes()
    for steps in (3, 2):  # and when the recipe now asks for fewer steps
        assert train(replace(recipe, steps=steps), drawn_photos, tmp_path / "run", threads=1).read_bytes() == before
    assert "going on from step 3" in capsys.readouterr().out
    assert len(rows_of(tmp_path / "run")) == 1


@pytest.mark.slow
def test_training_learns(drawn_photos: Path, tiny_recipe: TrainingConfig, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe, steps=12, val=None, batch_size=4)
    losses: list[float] = []

    def remember(path: Path, row: dict[str, float]) -> None:
        losses.append(row["total"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "REPORT_EVERY", 4)
        patch.setattr(loop, "_report", remember)
        train(recipe, drawn_photos, tmp_path / "run", threads=1)
    assert len(losses) == 3
    assert losses[-1] < losses[0]
