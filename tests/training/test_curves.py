import sys
from pathlib import Path

import pytest
from PIL import Image

from fittingroom.errors import MissingExtraError
from fittingroom.training.curves import draw_curves


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text("step,seconds,classes,total\n50,9.5,2.5,8.6\n100,19.1,1.4,5.0\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("val", [None, '{"step": 100, "mIoU": 0.4, "foreground IoU": 0.8}\n'])
def test_the_course_of_a_run_is_drawn_with_figures_or_without(run: Path, val: str | None) -> None:
    if val is not None:
        (run / "val.jsonl").write_text(val)
    with Image.open(draw_curves(run)) as picture:
        assert picture.size == (990, 440)


def test_without_matplotlib_the_extra_to_install_is_named(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(MissingExtraError, match=r"curves need matplotlib; pip install 'fittingroom\[train\]'"):
        draw_curves(run)
