"""``train``, ``export`` and ``evaluate``, one after the other as one uses them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.parser import Parser

RECIPE = """
name = "tiny"
places = ["places"]
steps = 3
batch_size = 2
view_sizes_hw = [[32, 32]]
warmup_steps = 1
workers = 0
mixed_precision = false

[label_set]
name = "heads"
classes = ["background", "hair", "face"]

[[sources]]
folder = "heads"
"""
CARD = """\
name = "tiny"
long_side_px = 64
also_mirrored = false
licence = "Apache-2.0"
training_data = ["drawn (CC0)"]
recipe = "tiny.toml"
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    (tmp_path / "card.toml").write_text(CARD)
    return tmp_path / "tiny.toml"


@pytest.mark.slow
def test_a_recipe_becomes_a_model_that_parses(recipe: Path, drawn_photos: Path, tmp_path: Path) -> None:
    trained = run("train", recipe, "--data", drawn_photos, "--out", tmp_path / "run", "--threads", 1)
    assert trained.exit_code == 0, trained.output
    assert "curves.png" in trained.output
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "checkpoint.pt", "log.csv", "curves.png", "data.json",
    }  # fmt: skip

    (tmp_path / "figures.json").write_text('{"mIoU": 0.25}')
    exported = run(
        "export", tmp_path / "run/checkpoint.pt", "--recipe", recipe, "--card", tmp_path / "card.toml",
        "--measured", tmp_path / "figures.json", "--out", tmp_path / "model", "--weights",
    )  # fmt: skip
    assert exported.exit_code == 0, exported.output
    assert "MB, logits within" in exported.output

    parser = Parser(tmp_path / "model")
    assert parser.card.classes == ("background", "hair", "face")
    assert parser.card.measured == {"mIoU": 0.25}
    with Image.open(drawn_photos / "heads/images/0.png") as photo:
        assert parser.parse(photo).size_hw == (64, 48)

    recipe.write_text(f'start = "{(tmp_path / "model/weights.npz").as_posix()}"\n' + RECIPE)
    tuned = run("train", recipe, "--data", drawn_photos, "--out", tmp_path / "tuned")
    assert tuned.exit_code == 0, tuned.output

    small = run(
        "export", tmp_path / "run/checkpoint.pt", "--recipe", recipe, "--card", tmp_path / "card.toml",
        "--int8", drawn_photos / "heads/images", "--out", tmp_path / "small",
    )  # fmt: skip
    assert small.exit_code == 0, small.output
    sizes = [(tmp_path / folder / "model.onnx").stat().st_size for folder in ("model", "small")]
    assert sizes[1] < 0.5 * sizes[0]
    Parser(tmp_path / "small")


@pytest.mark.slow
def test_a_recipe_of_other_classes_than_the_checkpoint_is_refused(recipe: Path, tmp_path: Path) -> None:
    import torch

    from fittingroom.models.parsing_net import ParsingNet
    from fittingroom.training.checkpoint import save_checkpoint

    net = ParsingNet(5)
    save_checkpoint(tmp_path / "a.pt", net, net.state_dict(), torch.optim.SGD(net.parameters()), 1)
    outcome = run(
        "export", tmp_path / "a.pt", "--recipe", recipe, "--card", tmp_path / "card.toml", "--out", tmp_path / "model"
    )
    assert outcome.exit_code == 2
    assert "a.pt tells 5 classes apart" in outcome.output
    assert "give the recipe that made it" in outcome.output.replace("\n", " ")
    assert not (tmp_path / "model").exists()


def test_a_model_is_measured_on_labelled_photos(tiny_model_folder: Path, drawn_photos: Path, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    outcome = run("evaluate", drawn_photos / "heads", "--model", tiny_model_folder, "--json", path)
    assert outcome.exit_code == 0, outcome.output
    figures = json.loads(path.read_text())
    assert figures["photos"] == 4
    assert figures["mIoU"] > 0.95
    lines = outcome.output.splitlines()
    assert lines[0].split() == ["photos", "4"]
    assert lines[1].split() == ["mIoU", f"{figures['mIoU']:.3f}"]
    assert lines[-1].startswith("IoU face")


def test_another_input_size_can_be_tried(tiny_model_folder: Path, drawn_photos: Path) -> None:
    outcome = run("evaluate", drawn_photos / "heads", "--model", tiny_model_folder, "--long-side", 128)
    assert outcome.exit_code == 0, outcome.output


def test_photos_in_cihps_layout_are_measured_too(tiny_model_folder: Path, drawn_photos: Path, tmp_path: Path) -> None:
    heads = drawn_photos / "heads"
    for theirs, ours in (("Images", "images"), ("Category_ids", "labels"), ("Human_ids", "instances")):
        (tmp_path / theirs).mkdir()
        (tmp_path / theirs / "2.png").write_bytes((heads / ours / "2.png").read_bytes())
    path = tmp_path / "figures.json"
    outcome = run("evaluate", tmp_path, "--model", tiny_model_folder, "--json", path)
    assert outcome.exit_code == 0, outcome.output
    figures = json.loads(path.read_text())
    assert (figures["photos"], figures["people"]) == (1, 2)
    assert {"APr_vol", "PCP50", "person link", "boundary F 1 px", "score error of parts"} <= set(figures)


def test_older_systems_can_be_measured_beside(
    tiny_model_folder: Path, drawn_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bodypix_mobilenet_v1_050_stride8.onnx").touch()
    monkeypatch.setattr(
        "fittingroom.bench.baselines.load_person_mask", lambda model, threads: lambda pixels: pixels.max(2) > 128
    )
    outcome = run("evaluate", drawn_photos / "heads", "--model", tiny_model_folder, "--baselines", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    told = [line.split() for line in outcome.output.splitlines() if "IoU of " in line]
    assert told == [["foreground", "IoU", "of", "bodypix-8", "1.000"]]


def test_what_is_wrong_is_said_in_one_line(tiny_model_folder: Path, tmp_path: Path) -> None:
    outcome = run("evaluate", tmp_path, "--model", tiny_model_folder)
    assert outcome.exit_code == 2
    assert outcome.output.startswith(f"Error: {tmp_path}: no labelled photos found")


@pytest.mark.parametrize("command", ["train", "export"])
def test_without_torch_the_extra_to_install_is_named(
    command: str, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fittingroom.cli.extras.find_spec", lambda name: None)
    arguments = {
        "train": ["train", recipe, "--data", tmp_path, "--out", tmp_path / "run"],
        "export": ["export", tmp_path / "a.pt", "--recipe", recipe, "--card", recipe, "--out", tmp_path / "model"],
    }
    outcome = run(*arguments[command])
    assert outcome.exit_code == 2
    assert "pip install 'fittingroom[train]'" in outcome.output.replace("\n", " ")
