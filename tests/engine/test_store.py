import sys
from pathlib import Path

import pytest

from fittingroom.engine.card import model_folder
from fittingroom.engine.store import fittingroom_home, is_model_name, models_home, new_model, stored_models
from fittingroom.errors import ModelError, OutputError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITTINGROOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def store(name: str, text: str) -> None:
    with new_model(name) as folder:
        (folder / "card.json").write_text(text)


def test_a_model_is_found_by_its_name_once_it_is_stored(home: Path) -> None:
    assert stored_models() == []
    store("mine", "{}")
    assert stored_models() == [home / "models" / "mine"]
    assert model_folder("mine") == home / "models" / "mine"


def test_a_model_replaces_an_earlier_one_of_its_name(home: Path) -> None:
    store("mine", "old")
    store("mine", "new")
    assert (home / "models" / "mine" / "card.json").read_text() == "new"
    assert [path.name for path in models_home().iterdir()] == ["mine"]


def test_what_fails_half_way_leaves_the_earlier_model_and_nothing_else(home: Path) -> None:
    store("mine", "old")
    with pytest.raises(KeyError), new_model("mine") as folder:  # noqa: PT012
        (folder / "card.json").write_text("half")
        raise KeyError
    assert (home / "models" / "mine" / "card.json").read_text() == "old"
    assert [path.name for path in models_home().iterdir()] == ["mine"]


def test_a_full_disk_is_an_output_error_that_names_the_folder_and_the_way_out(home: Path) -> None:
    store("mine", "old")
    with pytest.raises(OutputError, match=r"cannot store the model mine in .*No space left.*FITTINGROOM_HOME"):  # noqa: SIM117
        with new_model("mine"):
            raise OSError(28, "No space left on device")
    assert (home / "models" / "mine" / "card.json").read_text() == "old"


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a b"])
def test_a_name_that_is_a_path_is_refused(name: str) -> None:
    assert not is_model_name(name)
    with pytest.raises(ModelError, match="cannot be a model's name"), new_model(name):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="the folder for caches is another elsewhere")
def test_without_the_variable_models_lie_among_the_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FITTINGROOM_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert fittingroom_home() == tmp_path / "fittingroom"
