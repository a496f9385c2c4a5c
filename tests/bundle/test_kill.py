"""A bundle whose process is killed outright, in the middle of a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = """
import os, signal, sys
from pathlib import Path
import numpy as np
from fittingroom.bundle.build import Plan, Sources, build_bundle
from fittingroom.bundle.pairs import every_pair, named_pairs
from fittingroom.labels import CIHP
from fittingroom.results import ParseResult

def parse(photo):
    labels = np.zeros(photo.size_hw, np.uint8)
    labels[4:10, 8:14], labels[11:26, 5:17] = CIHP.id_of("face"), CIHP.id_of("upper-clothes")
    full = np.full(labels.shape, 230, np.uint8)
    return ParseResult.from_maps(labels, (labels > 0).astype(np.uint16), full, label_set=CIHP)

renames, replace = 0, os.replace
def counted(source, target):
    global renames
    renames += 1
    if renames == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = counted

photos, garments = [Path("a.png"), Path("b.png"), Path("c.png")], [Path("shirt.png")]
plan = Plan("hr-viton", "upper")
pairs = named_pairs(every_pair(3, 1), ["a", "b", "c"], ["shirt"], plan.layout)
print([step.is_kept for step in build_bundle(plan, Sources(photos, garments, pairs), Path(sys.argv[2]), parse=parse)])
"""


def run(folder: Path, out: str, killed_at_rename: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(killed_at_rename), out]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows knows no SIGKILL")
def test_a_bundle_killed_at_any_file_has_no_half_of_one_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    for shade, name in enumerate(("a", "b", "c")):
        Image.new("RGB", (24, 32), (60 + 40 * shade, 120, 150)).save(tmp_path / f"{name}.png")
    shirt = np.full((40, 30, 3), 255, np.uint8)
    shirt[10:30, 8:22] = 60
    Image.fromarray(shirt).save(tmp_path / "shirt.png")
    whole = run(tmp_path, "whole")
    assert whole.stdout == "[False, False, False]\n", whole.stderr
    wanted = contents(tmp_path / "whole")
    # In the garment, in the first photo, behind it, in the last, and when pairs and report are written.
    for rename in (2, 7, 16, 30, len(wanted) - 1):
        killed = run(tmp_path, f"out-{rename}", rename)
        assert killed.returncode == -9, killed.stderr
        left = contents(tmp_path / f"out-{rename}")
        assert any(name.endswith(".tmp") for name in left)
        assert all(content == wanted[name] for name, content in left.items() if not name.endswith(".tmp"))
        assert "test_pairs.txt" not in left
        again = run(tmp_path, f"out-{rename}")
        assert again.returncode == 0, again.stderr
        assert contents(tmp_path / f"out-{rename}") == wanted
        if rename > 16:
            assert again.stdout.startswith("[True"), again.stdout
