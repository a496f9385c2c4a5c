from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from fittingroom.cli import COMMANDS, LazyGroup, main
from fittingroom.errors import ModelError


def test_help_names_every_subcommand_without_loading_any() -> None:
    loads_nothing_heavy = (
        "import sys; from fittingroom.cli import main; main(['--help'], standalone_mode=False);"
        "heavy = {'onnxruntime', 'torch', 'fittingroom.cli.parse'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", loads_nothing_heavy], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


def test_every_subcommand_shows_its_help_without_torch() -> None:
    needs_no_torch = (
        "import sys; sys.modules['torch'] = None; from fittingroom.cli import COMMANDS, main;"
        "[main([name, '--help'], prog_name='fittingroom', standalone_mode=False) for name in COMMANDS]"
    )
    done = subprocess.run([sys.executable, "-c", needs_no_torch], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^Usage: fittingroom (\S+)", done.stdout, re.MULTILINE) == list(COMMANDS)


def test_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.split()[-1] == version("fittingroom")


def test_an_unknown_subcommand_is_a_usage_error() -> None:
    outcome = CliRunner().invoke(main, ["prase"])
    assert outcome.exit_code == 2
    assert "No such command 'prase'" in outcome.output


def test_an_error_of_ours_ends_in_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def fails() -> None:
        raise ModelError("no model in 'here'")

    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: fails)
    outcome = CliRunner().invoke(main, ["parse"])
    assert (outcome.exit_code, outcome.output) == (2, "Error: no model in 'here'\n")
