from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from fittingroom.batch.here import run_here
from fittingroom.batch.plan import Counts, Plan
from fittingroom.batch.progress import Progress
from fittingroom.batch.run import Runner, Step
from fittingroom.batch.stages import Stages, Work
from fittingroom.cli import main
from fittingroom.cli.batch import LOG_EVERY_S, ProgressLine, needs_batch_extra
from fittingroom.errors import MissingExtraError
from fittingroom.export.writer import FORMATS

from ..batch.conftest import ColourParser, encoded


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three photos in the folder photos/, and a runner in this process."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(3):
        Path(f"photos/{number}.png").write_bytes(encoded(number))

    def here(work: Work, processes: int | None) -> Runner:
        def run(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
            return run_here(plan, Stages(work, ColourParser()), parts)

        return run

    monkeypatch.setattr("fittingroom.cli.batch.local_runner", here)


def batch(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["batch", *arguments])


def test_photos_become_rows_and_what_came_of_them_is_said() -> None:
    outcome = batch("photos", "--out", "out")
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout.startswith(f"3 photos, 3 people, 0 failed: {Path.cwd().as_posix()}/out/rows (3 photos in ")
    assert pq.read_table("out/rows").num_rows == 3


def test_failed_photos_show_in_the_exit_status() -> None:
    Path("photos/bad.png").write_bytes(b"bad")
    outcome = batch("photos", "--out", "out")
    assert outcome.exit_code == 1
    assert "4 photos, 3 people, 1 failed" in outcome.stdout
    assert "column 'error'" in outcome.stderr


def test_a_second_run_is_refused_unless_it_goes_on() -> None:
    assert batch("photos", "--out", "out").exit_code == 0
    refused = batch("photos", "--out", "out")
    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    assert "(0 photos in " in batch("photos", "--out", "out", "--resume").stdout


def test_a_format_of_details_has_them_looked_for() -> None:
    assert batch("photos", "--out", "out", "--format", "details").exit_code == 0
    assert len(list(Path("out/details").iterdir())) == 3


def test_ctrl_c_tells_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(work: Work, processes: int | None) -> Runner:
        def run(plan: Plan, parts: Iterable[int]) -> Iterator[Step]:
            yield Step(Counts(1))
            raise KeyboardInterrupt

        return run

    monkeypatch.setattr("fittingroom.cli.batch.local_runner", interrupted)
    outcome = batch("photos", "--out", "out")
    assert outcome.exit_code == 2
    assert "with --resume goes on" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("photos/*.tar",), "nothing in photos/*.tar"),
        (("photos", "--format", "gif"), "unknown output format 'gif'"),
        (("photos", "--preset", "fast", "--model", "m"), "exclude each other"),
        (("photos", "--model", "no-such-model"), "no model there"),
    ],
)
def test_what_is_not_possible_is_said_before_anything_is_done(arguments: tuple[str, ...], said: str) -> None:
    outcome = batch(*arguments, "--out", "out")
    assert outcome.exit_code == 2
    assert said in outcome.stderr


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fittingroom.cli.batch.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pyarrow, fsspec.*pip install 'fittingroom\[batch\]'"):
        needs_batch_extra()


def test_help_names_every_format_and_ray() -> None:
    text = batch("--help").output
    assert all(name in text for name in FORMATS)
    assert "--ray [ADDRESS]" in text


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [0.0]
    shown = ProgressLine(clock_s=lambda: now_s[0])
    progress = Progress(total=10, before=Counts())
    for _ in range(40):
        shown.show(progress)
        now_s[0] += LOG_EVERY_S / 10
    shown.end()
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_a_terminal_gets_one_line_that_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    now_s = [0.0]
    shown = ProgressLine(clock_s=lambda: now_s[0])
    for _ in range(3):
        shown.show(Progress(total=10, before=Counts()))
        now_s[0] += 1
    shown.end()
    text = capsys.readouterr().err
    assert text.count("\r0 of 10 photos") == 3
    assert text.count("\n") == 1
