from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner

from fittingroom.cli import main
from fittingroom.service.access import hash_key


def test_a_new_key_is_shown_with_what_may_be_stored() -> None:
    output = CliRunner().invoke(main, ["serve", "--make-key", "alice"]).output
    key = re.search(r"shown this once: (fr_\S+)", output)
    assert key
    assert f'"alice:{hash_key(key[1])}"' in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--port", "x"], "port is 'x'"), (["--models", "nowhere"], "nowhere: no model there"), (["--prot", "1"], "prot")],
)
def test_a_wrong_setting_ends_before_anything_listens(arguments: list[str], said: str) -> None:
    outcome = CliRunner().invoke(main, ["serve", *arguments])
    assert outcome.exit_code == 2
    assert said in outcome.output


def test_help_names_every_setting_with_its_default() -> None:
    output = CliRunner().invoke(main, ["serve", "--help"]).output
    assert "--max-pixels N" in output
    assert "[default: 5000]" in " ".join(output.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to send")
def test_the_service_starts_answers_and_ends_when_it_is_told_to() -> None:
    program = "from fittingroom.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--models", "fast"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout is not None
        address = re.search(r"http://\S+", service.stdout.readline())
        assert address
        with urllib.request.urlopen(f"{address[0]}/livez", timeout=30) as answer:
            assert answer.status == 200
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) == 0
