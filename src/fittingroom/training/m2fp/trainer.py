"""The training loop of M2FP: resumable, on a CPU or a CUDA device."""

from __future__ import annotations

import csv
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fittingroom.data.photos import find_photos
from fittingroom.data.samples import PhotoSource, rarity_chances
from fittingroom.engine.devices import Device, torch_device
from fittingroom.errors import ConfigError
from fittingroom.evaluation.evaluate import evaluate_photos
from fittingroom.m2fp.class_names import legacy_names
from fittingroom.m2fp.parser import M2fpParser
from fittingroom.models.m2fp import M2FP, build
from fittingroom.training.loop import locate
from fittingroom.training.m2fp.config import M2fpTrainingConfig
from fittingroom.training.m2fp.criterion import m2fp_loss
from fittingroom.training.m2fp.published import load_strictly, read_weights
from fittingroom.training.m2fp.torch_engine import M2fpTorchEngine
from fittingroom.training.m2fp.views import ViewBatches

REPORT_EVERY = 20
_CLASS_LAYER = "sem_seg_head.predictor.class_embed."


@dataclass
class _Run:
    net: M2FP
    optimizer: torch.optim.AdamW
    step: int = 0


def train_m2fp(
    config: M2fpTrainingConfig,
    data_root: Path,
    out_dir: Path,
    *,
    threads: int | None = None,
    device: Device = "auto",
) -> Path:
    """Run a recipe, going on from `out_dir`/checkpoint.pt if it is there. Returns the checkpoint's path.

    Writes checkpoint.pt, log.csv and val.jsonl into `out_dir`.

    Raises:
        ConfigError: a folder or the starting weights are not there, or a checkpoint is of another network.
        ModelError: the starting weights cannot be read, or are of another network.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(0)  # a worker forked from a process with OpenCV's threads would wait for them for ever
    if threads is not None:
        torch.set_num_threads(threads)
    place = torch.device(torch_device(device))
    torch.manual_seed(config.seed)
    net = starting_network(config, data_root).to(place)
    run = _Run(net, build_optimizer(net, config))
    checkpoint = out_dir / "checkpoint.pt"
    if checkpoint.exists():
        _resume(run, checkpoint, config, place)
        print(f"going on from step {run.step}", flush=True)
    _steps(run, config, data_root, out_dir, place)
    return checkpoint


def starting_network(config: M2fpTrainingConfig, data_root: Path) -> M2FP:
    """The network with its starting weights.

    Raises:
        ConfigError: they are not there.
        ModelError: they cannot be read, or are of another network.
    """
    net = build(config.network, config.outputs)
    if config.start is not None:
        source = locate(config.start, data_root)
        state = read_weights(source)
        counted = state.get(_CLASS_LAYER + "bias")
        if counted is not None and len(counted) != config.outputs + 1:
            print(
                f"the starting network tells {len(counted) - 1} classes apart, this recipe {config.outputs}: "
                "the layer that names classes starts anew",
                flush=True,
            )
            state |= {key: value for key, value in net.state_dict().items() if key.startswith(_CLASS_LAYER)}
        load_strictly(net, state, str(source))
    if config.freezes_norms or (config.freezes_norms is None and config.start is not None):
        net.backbone.freeze_norms()
    return net


def build_optimizer(net: M2FP, config: M2fpTrainingConfig) -> torch.optim.AdamW:
    """AdamW; the backbone learns slower; norms, biases and embeddings do not decay."""
    undecayed = {
        parameter
        for module in net.modules()
        if isinstance(module, nn.LayerNorm | nn.GroupNorm | nn.BatchNorm2d | nn.Embedding)
        for parameter in module.parameters(recurse=False)
    }
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            decays = parameter not in undecayed and "level_embed" not in name and "pos_embed" not in name
            groups.setdefault((name.startswith("backbone."), decays), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "initial_lr": config.learning_rate * (config.backbone_rate if is_backbone else 1.0),
                "weight_decay": config.weight_decay if decays else 0.0,
            }
            for (is_backbone, decays), parameters in groups.items()
        ],
        lr=config.learning_rate,
    )


def learning_rate_factor(step: int, config: M2fpTrainingConfig) -> float:
    """Linear warm-up; then a tenth after each of the recipe's drops."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    drops = sum(step >= share * config.steps for share in config.drops_at)
    return float(warm * 0.1**drops)


def _steps(run: _Run, config: M2fpTrainingConfig, data_root: Path, out_dir: Path, place: torch.device) -> None:
    batches = ViewBatches(
        _sources(config, data_root), config.label_set, config.view,
        tells_people_apart=config.people == "multiple", batch_size=config.batch_size, seed=config.seed,
        first=run.step, count=max(0, config.steps - run.step), cache_mb=config.cache_mb,
    )  # fmt: skip
    loader: DataLoader[Any] = DataLoader(
        batches, batch_size=None, num_workers=config.workers,
        prefetch_factor=2 if config.workers else None, worker_init_fn=_one_thread,
    )  # fmt: skip
    started = time.monotonic()
    sums: dict[str, float] = {}
    summed = 0
    run.net.train()
    for pixels, targets in loader:
        losses = _step(run, config, pixels.to(place), [target.to(place) for target in targets], place)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value
        summed += 1
        is_last = run.step == config.steps
        if run.step % REPORT_EVERY == 0 or is_last:
            means = {name: round(total / summed, 4) for name, total in sums.items()}
            _report(out_dir / "log.csv", {"step": run.step, "seconds": round(time.monotonic() - started, 1)} | means)
            sums, summed = {}, 0
        if run.step % config.checkpoint_every == 0 or is_last:
            save_run(out_dir / "checkpoint.pt", run.net, run.optimizer, run.step)
        if config.val is not None and (run.step % config.evaluate_every == 0 or is_last):
            _validate(run, config, data_root, out_dir)


def _step(
    run: _Run, config: M2fpTrainingConfig, pixels: Tensor, targets: list[Any], place: torch.device
) -> dict[str, float]:
    for group in run.optimizer.param_groups:
        group["lr"] = group["initial_lr"] * learning_rate_factor(run.step, config)
    # The points of the loss depend on the step alone, so that a run that was stopped goes on as if it had not been.
    torch.manual_seed(config.seed * 1_000_003 + run.step)
    on_gpu = place.type == "cuda"
    with torch.autocast(place.type, torch.bfloat16, enabled=config.mixed_precision and on_gpu):
        output = run.net(pixels)
    losses = m2fp_loss(output, targets, config.losses)
    run.optimizer.zero_grad(set_to_none=True)
    losses["total"].backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(run.net.parameters(), config.max_gradient_norm)
    run.optimizer.step()
    run.step += 1
    return {name: float(value.detach()) for name, value in losses.items()}


def _sources(config: M2fpTrainingConfig, data_root: Path) -> list[PhotoSource]:
    sources = []
    for source in config.sources:
        photos = find_photos(
            locate(source.folder, data_root), split=source.split, leave_out_quality=source.leave_out_quality
        )
        chances = rarity_chances(photos, len(config.label_set), power=source.rarity_power)
        sources.append(PhotoSource(photos, source.weight, source.cut_weight, chances))
    return sources


def trained_parser(net: M2FP, config: M2fpTrainingConfig) -> M2fpParser:
    """A parser that runs the network itself."""
    return M2fpParser(
        engine=M2fpTorchEngine(net),
        label_set=config.label_set,
        input_rule=config.input_rule,
        legacy_names=legacy_names(config.label_set, is_single=config.people == "single"),
    )


def _validate(run: _Run, config: M2fpTrainingConfig, data_root: Path, out_dir: Path) -> None:
    assert config.val is not None
    photos = find_photos(
        locate(config.val.folder, data_root), split=config.val.split, leave_out_quality=config.val.leave_out_quality
    )
    figures = evaluate_photos(trained_parser(run.net, config), photos)
    with (out_dir / "val.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": run.step} | figures.as_dict()) + "\n")
    print(f"step {run.step}: {figures.summary()}", flush=True)


def save_run(path: Path, net: M2FP, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Write beside the old checkpoint, then put it in its place. "model" is named as published checkpoints name it."""
    partial = path.with_suffix(".partial")
    torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, partial)
    os.replace(partial, path)


def trained_network(config: M2fpTrainingConfig, checkpoint: Path) -> M2FP:
    """The network of a run's checkpoint, in evaluation mode.

    Raises:
        ModelError: the file cannot be read, or is of another recipe.
    """
    net = build(config.network, config.outputs)
    load_strictly(net, read_weights(checkpoint), str(checkpoint))
    return net.eval()


def _resume(run: _Run, checkpoint: Path, config: M2fpTrainingConfig, place: torch.device) -> None:
    load_strictly(run.net, read_weights(checkpoint), str(checkpoint))
    try:
        saved = torch.load(checkpoint, map_location=place, weights_only=True)
        run.optimizer.load_state_dict(saved["optimizer"])
        run.step = int(saved["step"])
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"{checkpoint}: cannot go on from this checkpoint ({error}); start in another folder"
        ) from error


def _report(path: Path, row: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    print("  ".join(f"{name} {value:g}" for name, value in row.items()), flush=True)


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
