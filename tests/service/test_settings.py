from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from fittingroom.errors import ConfigError
from fittingroom.service.settings import ServiceSettings, read_settings


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 1\nworkers = 7\ndeadline_s = 9\nmodels = ["fast"]\n')
    environ = {"FITTINGROOM_PORT": "2", "FITTINGROOM_HOST": "0.0.0.0", "FITTINGROOM_CONFIG": str(file)}
    settings = read_settings({"port": "3"}, environ=environ)
    assert (settings.port, settings.host, settings.workers, settings.deadline_s) == (3, "0.0.0.0", 7, 9.0)
    assert settings.models == ("fast",)


def test_lists_are_parted_by_commas() -> None:
    assert read_settings({"cors_origins": "https://a.example, https://b.example"}, environ={}).cors_origins == (
        "https://a.example",
        "https://b.example",
    )


def test_every_setting_has_a_help_and_a_valid_default() -> None:
    assert all(entry.metadata["help"].endswith(".") for entry in fields(ServiceSettings))
    assert ServiceSettings() == read_settings({}, environ={})


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"port": "many"}, "expected a number"),
        ({"port": "70000"}, "at most 65535"),
        ({"workers": "0"}, "at least 1"),
        ({"models": ","}, "models is empty"),
        ({"max_photos": "40"}, "would never be taken"),
        ({"log": "xml"}, "json or text"),
        ({"api_keys": "alice:secret"}, "never the key itself"),
    ],
)
def test_an_impossible_setting_is_refused(flags: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_settings(flags, environ={})


@pytest.mark.parametrize(
    ("text", "said"),
    [("prot = 1", "unknown setting prot"), ('port = "1"', "expected a value of type int"), ("port =", "not readable"),
     ("models = 3", "a list of strings"), ("workers = true", "expected a value of type int")],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_settings({}, environ={}, file=file)


def test_of_api_keys_only_the_names_are_shown() -> None:
    settings = ServiceSettings(api_keys=(f"alice:{'a' * 64}",))
    assert settings.shown()["api_keys"] == ["alice"]
    assert "a" * 64 not in str(settings.shown())


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True),
                                                ("0.0.0.0", False), ("shop.example", False)])  # fmt: skip
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert ServiceSettings(host=host).is_loopback == expected
