from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fittingroom.cli import main

pytest.importorskip("alembic", reason="needs the extra 'preferences': pip install -e .[preferences]")

from fittingroom.preferences import Consent, ProfileKey, Store, TryOn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def key(file: Path) -> ProfileKey:
    """A profile that kept a scarf."""
    with Store.open(str(file)) as store:
        key = store.create_profile(Consent(history=True), owner="shop")
        store.record(key, [TryOn("scarf-silk", "scarf", "kept")])
    return key


def run(*arguments: object, stdin: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["preferences", *map(str, arguments)], input=stdin)
    return done.exit_code, done.output


def test_a_store_is_made_shown_taken_back_and_brought_up(file: Path) -> None:
    assert run("status", "--store", file)[0] == 2
    assert run("upgrade", "--store", file) == (0, "Steps: 0001, 0002; the store is of version 0002\n")
    code, shown = run("status", "--store", file)
    assert (code, "profiles: 0" in shown) == (0, True)
    assert run("downgrade", "--store", file, "--to", "0001")[0] == 1  # nobody said yes
    code, said = run("downgrade", "--store", file, "--to", "0001", "--yes")
    assert (code, said) == (0, "Steps: 0002; the store is of version 0001\n")
    code, said = run("status", "--store", file)
    assert (code, "preferences upgrade" in said) == (2, True)


def test_a_profile_is_exported_and_deleted_by_the_id_on_standard_input(
    file: Path, key: ProfileKey, tmp_path: Path
) -> None:
    code, text = run("export", "--store", file, "--key-name", "shop", stdin=f"{key.id}\n")
    assert code == 0
    assert [event["item"] for event in json.loads(text)["events"]] == ["scarf-silk"]
    out = tmp_path / "profile.json"
    assert run("export", "--store", file, "--key-name", "shop", "--out", out, stdin=key.id)[0] == 0
    assert json.loads(out.read_text(encoding="utf-8")) == json.loads(text)
    assert run("delete", "--store", file, stdin=key.id)[0] == 2  # another key's
    assert run("delete", "--store", file, "--key-name", "shop", stdin=key.id) == (0, "Deleted, and overwritten\n")
    assert run("delete", "--store", file, "--key-name", "shop", stdin=key.id)[0] == 2


def test_a_sweep_says_what_it_removed(file: Path, key: ProfileKey) -> None:
    assert run("sweep", "--store", file, "--days", 30) == (0, "Deleted: 0 events, 0 profiles\n")


def test_advice_is_compared_on_simulated_people(monkeypatch: pytest.MonkeyPatch) -> None:
    from fittingroom.preferences.item_looks import ItemLook

    from ..preferences.test_item_looks import look

    few: list[ItemLook] = [
        look("#c4161c", kind=kind, item_id=f"{kind}-{i}") for kind in ("hat", "top") for i in range(4)
    ]
    monkeypatch.setattr("fittingroom.preferences.item_looks.looks_of", lambda entries: tuple(few))
    code, said = run("evaluate", "--people", 20, "--seeds", "4,5")
    assert (code, "nobody real" in said, "ours / popularity" in said) == (0, True, True)
    assert run("evaluate", "--seeds", "x")[0] == 2


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fittingroom.cli.extras.find_spec", lambda name: None)
    code, said = run("status", "--store", "x.db")
    assert (code, "pip install 'fittingroom[preferences]'" in said) == (2, True)
