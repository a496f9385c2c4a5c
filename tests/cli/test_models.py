"""``models``: from a published checkpoint (a small one made here) to a model that parses."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from fittingroom.cli import main
from fittingroom.m2fp.class_names import MULTIPLE_CLASSES, SINGLE_CLASSES
from fittingroom.parser import Parser


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITTINGROOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def make_checkpoint(folder: Path, monkeypatch: pytest.MonkeyPatch, classes: tuple[str, ...], **changes: object) -> Path:
    """A folder as ModelScope has it, with the smallest preset in place of ResNet-101."""
    import torch

    from fittingroom.models.m2fp import build
    from fittingroom.training.m2fp import published

    monkeypatch.setitem(published.PRESET_OF_DEPTH, 10, "m2fp-tiny")
    torch.manual_seed(0)
    model = {
        "backbone": {"depth": 10},
        "decoder": {"nheads": 8, "num_classes": len(classes)},
        "classes": classes,
        "single_human": "Human" not in classes,
    }
    folder.mkdir()
    (folder / "configuration.json").write_text(json.dumps({"model": model | changes}))
    torch.save({"model": build("m2fp-tiny", len(classes)).state_dict()}, folder / "pytorch_model.pt")
    return folder


@pytest.mark.slow
def test_a_checkpoint_becomes_a_model_that_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_checkpoint(tmp_path / "multiple", monkeypatch, MULTIPLE_CLASSES)
    imported = run("models", "import", folder, "--accept-noncommercial")
    assert imported.exit_code == 0, imported.output
    assert "non-commercial use only" in imported.output
    assert "Stored m2fp-tiny: class logits within" in imported.output
    Image.new("RGB", (90, 70), (120, 60, 200)).save(tmp_path / "photo.png")
    parsed = run("parse", tmp_path / "photo.png", "--model", "m2fp-tiny", "--out", tmp_path / "out")
    assert parsed.exit_code == 0, parsed.output
    parser = Parser("m2fp-tiny", threads=1)
    assert parser.card.kind == "m2fp-multiple"
    assert parser.parse(np.zeros((70, 90, 3), np.uint8)).size_hw == (70, 90)
    listed = run("models", "list").output
    assert "m2fp-tiny: m2fp-multiple, 20 classes of cihp" in listed
    assert "default: parsing-net" in listed


@pytest.mark.slow
def test_one_persons_checkpoint_has_the_classes_of_lip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_checkpoint(tmp_path / "single", monkeypatch, SINGLE_CLASSES)
    imported = run("models", "import", folder / "pytorch_model.pt", "--accept-noncommercial", "--name", "one")
    assert imported.exit_code == 0, imported.output
    result = Parser("one", threads=1).parse(np.full((64, 40, 3), 90, np.uint8))
    assert result.label_set.name == "lip"
    assert len(result.people) <= 1


@pytest.mark.slow
def test_a_wrong_checkpoint_leaves_the_earlier_model_as_it_was(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint(tmp_path / "good", monkeypatch, MULTIPLE_CLASSES)
    assert run("models", "import", folder, "--accept-noncommercial").exit_code == 0
    before = (home / "models/m2fp-tiny/card.json").read_bytes()
    weights = folder / "pytorch_model.pt"
    weights.write_bytes(weights.read_bytes()[:1000])
    outcome = run("models", "import", folder, "--accept-noncommercial")
    assert outcome.exit_code == 2
    assert "cannot be read as a PyTorch checkpoint" in outcome.output
    assert (home / "models/m2fp-tiny/card.json").read_bytes() == before
    assert [path.name for path in (home / "models").iterdir()] == ["m2fp-tiny"]


@pytest.mark.slow
def test_nothing_is_stored_before_the_licence_is_accepted(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint(tmp_path / "multiple", monkeypatch, MULTIPLE_CLASSES)
    outcome = run("models", "import", folder)
    assert outcome.exit_code == 2
    assert "non-commercial use only" in outcome.output
    assert "--accept-noncommercial" in outcome.output
    assert not home.exists()


@pytest.mark.slow
def test_a_bundled_models_name_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_checkpoint(tmp_path / "multiple", monkeypatch, MULTIPLE_CLASSES)
    outcome = run("models", "import", folder, "--accept-noncommercial", "--name", "default")
    assert outcome.exit_code == 2
    assert "'default' is the name of a bundled model" in outcome.output


@pytest.mark.slow
def test_pull_imports_what_lies_in_the_download_folder_without_a_network(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint(tmp_path / "multiple", monkeypatch, MULTIPLE_CLASSES)
    (home / "downloads").mkdir(parents=True)
    folder.rename(home / "downloads" / "m2fp-r101")
    outcome = run("models", "pull", "m2fp-r101", "--accept-noncommercial", "--offline")
    assert outcome.exit_code == 0, outcome.output
    assert "Stored m2fp-r101" in outcome.output


def test_pull_offline_says_which_files_to_put_where(home: Path) -> None:
    outcome = run("models", "pull", "m2fp-r101-single", "--accept-noncommercial", "--offline")
    assert outcome.exit_code == 2
    words = outcome.output.replace("\n", " ")
    for needed in (
        "configuration.json",
        "pytorch_model.pt",
        "image-single-human-parsing",
        "m2fp-r101-single",
        "import",
    ):
        assert needed in words


def test_verify_tells_whole_models_from_damaged_ones(tiny_model_folder: Path, home: Path) -> None:
    (home / "models").mkdir(parents=True)
    tiny_model_folder.rename(home / "models" / "mine")
    assert run("models", "verify", "mine").output == "mine: whole\n"
    (home / "models/mine/model.onnx").write_bytes(b"damaged")
    outcome = run("models", "verify")
    assert outcome.exit_code == 1
    assert "default: whole" in outcome.output
    assert "mine: " in outcome.output
    assert "the file is damaged or was exchanged" in outcome.output


def test_list_goes_on_past_a_damaged_card(home: Path) -> None:
    (home / "models/broken").mkdir(parents=True)
    (home / "models/broken/card.json").write_text("{")
    listed = run("models", "list")
    assert listed.exit_code == 0
    assert "broken: damaged" in listed.output
    assert "default: parsing-net" in listed.output


def test_without_torch_the_extra_to_install_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fittingroom.cli.extras.find_spec", lambda name: None)
    outcome = run("models", "import", tmp_path, "--accept-noncommercial")
    assert outcome.exit_code == 2
    assert "pip install 'fittingroom[train]'" in outcome.output.replace("\n", " ")
