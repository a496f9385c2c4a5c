from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from fittingroom.cli import main
from fittingroom.cli.scenes import SETS
from fittingroom.data.photos import find_photos
from fittingroom.evaluation import scenes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three people of split val, one of split train, and a place."""
    for folder in ("street-parsing/images", "street-parsing/labels", "backgrounds"):
        (tmp_path / folder).mkdir(parents=True)
    for number in range(4):
        labels = np.zeros((70, 30), np.uint8)
        labels[5:60, 5:25] = 5
        labels[60:65, 12:18] = 18
        Image.fromarray(labels).save(tmp_path / f"street-parsing/labels/{number}.png")
        Image.fromarray(labels * 9).convert("RGB").save(tmp_path / f"street-parsing/images/{number}.png")
    rows = ["id,split", "0,val", "1,val", "2,val", "3,train"]
    (tmp_path / "street-parsing/manifest.csv").write_text("\n".join(rows))
    Image.new("RGB", (64, 64)).save(tmp_path / "backgrounds/a.png")
    return tmp_path


def test_a_set_is_built_and_says_what_is_in_it(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = scenes.SceneSet("crowd-val", 1, 2, (2, 3), (96, 128), (0.7, 1.1), (0.9, 1.6), hidden_share=1 / 3)
    monkeypatch.setitem(scenes.SCENE_SETS, "crowd-val", tiny)
    outcomes = [
        CliRunner().invoke(main, ["scenes", "crowd-val", "--data", str(root), "--out", str(tmp_path / out)])
        for out in ("one", "two")
    ]
    assert [outcome.exit_code for outcome in outcomes] == [0, 0], outcomes[0].output
    said, truth = outcomes[0].output.splitlines()
    assert said.startswith("2 scenes of ")
    assert "of them hidden by 20% to 70%" in said
    assert truth == outcomes[1].output.splitlines()[1]  # the same photos give the same set
    assert len(find_photos(tmp_path / "one")) == 2
    assert "3" not in {row.split(",")[2] for row in (tmp_path / "one/people.csv").read_text().splitlines()}


def test_the_command_knows_every_set() -> None:
    assert set(SETS) == set(scenes.SCENE_SETS)
