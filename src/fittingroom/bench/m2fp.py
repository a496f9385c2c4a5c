"""What M2FP costs here: its network under three engines, and what follows it, against the plain way of doing both.

    python -m fittingroom.bench.m2fp

Random weights do for time and memory. Every subject runs in a process of its own, with threads that wait passively.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from fittingroom.bench.machine import machine_facts, peak_rss_mib
from fittingroom.m2fp.engine import M2fpNetworkOutput, M2fpOnnxEngine, M2fpOpenVinoEngine
from fittingroom.m2fp.framing import M2fpInputRule, prepare
from fittingroom.m2fp.instances import find_instances
from fittingroom.m2fp.people import link_people

PHOTO_HW = (1080, 1920)
RULE = M2fpInputRule("m2fp-multiple", 640, 1333)
HUMAN = 20
OUTPUTS = 22
QUERIES = 100
THREADS = 2
RUNS = 3
# Name of a subject -> what it is compared with.
SUBJECTS = {
    "network, plain torch": None,
    "network, torch": "network, plain torch",
    "network, onnxruntime": "network, plain torch",
    "network, openvino": "network, plain torch",
    "after it, 100 masks as floats": None,
    "after it": "after it, 100 masks as floats",
    "whole photo, onnxruntime": None,
}


def made_up_answer(cells_hw: tuple[int, int]) -> M2fpNetworkOutput:
    """A hundred blobs, some of them people, forty of them nothing: about what a photo of a group gives."""
    rng = np.random.default_rng(0)
    logits = 0.7 * rng.standard_normal((QUERIES, OUTPUTS))
    logits[np.arange(QUERIES), rng.integers(0, HUMAN + 1, QUERIES)] += rng.uniform(1, 7, QUERIES)
    logits[:12, HUMAN] += 8
    logits[60:, OUTPUTS - 1] += 6
    y, x = (np.arange(side) for side in cells_hw)
    middle, reach = (rng.uniform(0, 1, (2, QUERIES, 1)) * np.reshape(cells_hw, (2, 1, 1)) for _ in range(2))
    reach = 3 + reach / 4
    rows, columns = ((y - middle[0]) / reach[0]) ** 2, ((x - middle[1]) / reach[1]) ** 2
    masks = np.clip(6 - 6 * (rows[:, :, None] + columns[:, None, :]), -12, 8)
    return M2fpNetworkOutput(logits.astype(np.float32), masks.astype(np.float32))


def after_as_floats(said: M2fpNetworkOutput) -> int:
    """What the reference does after its network, in its order: all masks at the photo's size, then their scores."""
    import torch
    from torch.nn import functional as F

    framing = RULE.framing(PHOTO_HW)
    masks = torch.from_numpy(said.pred_masks)[None]
    masks = F.interpolate(masks, size=framing.input_hw, mode="bilinear", align_corners=False)
    masks = masks[:, :, : framing.resized_hw[0], : framing.resized_hw[1]]
    masks = F.interpolate(masks, size=PHOTO_HW, mode="bilinear", align_corners=False)[0]
    chances = torch.from_numpy(said.pred_logits).softmax(1)[:, :-1]
    scores, pairs = chances.flatten().topk(QUERIES)
    masks = masks[pairs // chances.shape[1]]
    is_inside = (masks > 0).float()
    scores = scores * (masks.sigmoid() * is_inside).flatten(1).sum(1) / (is_inside.flatten(1).sum(1) + 1e-6)
    return int((scores >= 0.1).sum())


def subject_run(name: str, model: Path) -> Callable[[], object]:
    """What to run for a subject of the table."""
    framing = RULE.framing(PHOTO_HW)
    photo: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, (*PHOTO_HW, 3), dtype=np.uint8)
    said = made_up_answer((framing.input_hw[0] // 4, framing.input_hw[1] // 4))
    if name.startswith("after it"):
        import cv2

        cv2.setNumThreads(THREADS)
        if name != "after it":
            return lambda: after_as_floats(said)
        return lambda: link_people(
            find_instances(said.pred_logits, said.pred_masks, framing, human_class=HUMAN), PHOTO_HW, human_class=HUMAN
        )
    pixels = prepare(photo, framing, RULE.kind)
    if name.endswith("torch"):
        import torch

        from fittingroom.models.m2fp import PUBLISHED_CLASSES_MULTIPLE, build

        torch.set_num_threads(THREADS)
        net = build("m2fp-r101", PUBLISHED_CLASSES_MULTIPLE, resizes_features="plain" not in name).eval()
        shown = torch.from_numpy(pixels)

        def run_torch() -> object:
            with torch.no_grad():
                return net(shown)

        return run_torch
    engine = (M2fpOpenVinoEngine if name.endswith("openvino") else M2fpOnnxEngine)(
        model, outputs=OUTPUTS, threads=THREADS
    )
    if name.startswith("network"):
        return lambda: engine.run(pixels)

    def run_photo() -> object:
        engine.run(prepare(photo, framing, RULE.kind))
        found = find_instances(said.pred_logits, said.pred_masks, framing, human_class=HUMAN)
        return link_people(found, PHOTO_HW, human_class=HUMAN)

    return run_photo


def measure(name: str, model: Path) -> dict[str, float]:
    """CPU seconds (median) and peak memory of a subject, in this process."""
    run = subject_run(name, model)
    run()  # the first run takes memory and makes plans
    seconds = []
    for _ in range(RUNS):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return {"cpu_s": round(median(seconds), 3), "peak_mib": round(peak_rss_mib())}


def measure_apart(name: str, model: Path) -> dict[str, float]:
    """The same in a process of its own."""
    environment = os.environ | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": str(THREADS),
        "OPENBLAS_NUM_THREADS": str(THREADS),
    }
    done = subprocess.run(
        [sys.executable, "-m", "fittingroom.bench.m2fp", name, str(model)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure everything, one after the other; or one subject, for the process that asked."""
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
        return
    from fittingroom.models.m2fp import build_multiple
    from fittingroom.training.m2fp.export import write_onnx

    print(json.dumps(machine_facts()))
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        write_onnx(build_multiple(), model)
        found: dict[str, dict[str, float]] = {}
        for name, base in SUBJECTS.items():
            found[name] = measure_apart(name, model)
            times = f", {found[base]['cpu_s'] / found[name]['cpu_s']:.2f} times faster" if base else ""
            print(f"{name:32} {found[name]['cpu_s']:8.2f} CPU s {found[name]['peak_mib']:6.0f} MiB{times}", flush=True)


if __name__ == "__main__":
    main()
