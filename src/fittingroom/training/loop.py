"""The training loop: resumable, averaged weights, mixed precision, one log line and one CSV row per report."""

from __future__ import annotations

import csv
import json
import math
import time
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from fittingroom.data.photos import content_sha256, find_photos, find_pictures
from fittingroom.data.samples import PhotoSource, SampleStream, rarity_chances
from fittingroom.engine.card import model_folder
from fittingroom.errors import ConfigError
from fittingroom.evaluation.evaluate import evaluate_photos
from fittingroom.imaging import write_bytes_atomically
from fittingroom.labels import LabelSet
from fittingroom.models.parsing_net import ParsingNet
from fittingroom.parsing.pixel_parser import PixelParser
from fittingroom.parsing.prepare import InputRule
from fittingroom.training.checkpoint import load_checkpoint, load_network, network_for, save_checkpoint
from fittingroom.training.config import TrainingConfig
from fittingroom.training.losses import Truth, parsing_loss, person_targets
from fittingroom.training.network_engine import NetworkEngine

REPORT_EVERY = 50
WEIGHTS_NAME = "weights.npz"  # of a model folder; other .npz files are starting weights of the backbone


class Batch(NamedTuple):
    """Samples as uint8 tensors: pixels (B, 3, H, W), maps (B, H, W), heat (B, P, H/4, W/4)."""

    pixels: Tensor
    labels: Tensor
    person_ids: Tensor
    details: Tensor
    point_heat: Tensor


class SampleBatches(Dataset[Batch]):
    """Batch i of a sample stream."""

    def __init__(self, stream: SampleStream, first: int, count: int) -> None:
        self.stream, self.first, self.count = stream, first, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Batch:
        size = self.stream.batch_size
        samples = [self.stream[(self.first + index) * size + item] for item in range(size)]
        return Batch(
            pixels=torch.from_numpy(np.stack([sample.pixels_rgb for sample in samples])).permute(0, 3, 1, 2),
            labels=torch.from_numpy(np.stack([sample.labels for sample in samples])),
            person_ids=torch.from_numpy(np.stack([sample.person_ids for sample in samples])),
            details=torch.from_numpy(np.stack([sample.details for sample in samples])),
            point_heat=torch.from_numpy(np.stack([sample.point_heat for sample in samples])),
        )


class AveragedNet:
    """An exponential moving average of a network's weights and statistics: smoother, and better on unseen photos."""

    def __init__(self, net: ParsingNet, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net: ParsingNet, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))  # follow quickly at first
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)


def locate(name: str, data_root: Path) -> Path:
    """A recipe's file or folder: below the data root, or a path of its own; "default" is the bundled model's weights.

    Raises:
        ConfigError: it is none of these.
    """
    if name == "default":
        return model_folder(name) / WEIGHTS_NAME
    for path in (data_root / name, Path(name)):
        if path.exists():
            return path
    raise ConfigError(f"{name} is neither below {data_root} nor a path of its own; correct the recipe or --data")


def build_stream(config: TrainingConfig, data_root: Path, label_set: LabelSet) -> SampleStream:
    """The samples that a recipe asks for.

    Raises:
        ConfigError: a folder is missing or empty.
    """
    sources = []
    for source in config.sources:
        photos = find_photos(
            locate(source.folder, data_root),
            split=source.split,
            leave_out_quality=source.leave_out_quality,
            carried_ids=source.carried_ids,
        )
        chances = rarity_chances(photos, len(label_set.classes), power=source.rarity_power)
        sources.append(PhotoSource(photos, source.weight, source.cut_weight, chances))
    places = [picture for folder in config.places for picture in find_pictures(locate(folder, data_root))]
    if config.places and not places:
        raise ConfigError(f"no pictures found in {', '.join(config.places)} below {data_root}")
    return SampleStream(
        sources, places, label_set,
        composite_share=config.composite_share, rule=config.composites, view_sizes_hw=config.view_sizes_hw,
        batch_size=config.batch_size, seed=config.seed, cache_mb=config.cache_mb,
    )  # fmt: skip


def data_hashes(config: TrainingConfig, data_root: Path) -> dict[str, str]:
    """One sha256 over the names and bytes of everything that each part of the recipe reads."""
    hashes = {}
    for source in (*config.sources, *([config.val] if config.val else [])):
        photos = find_photos(
            locate(source.folder, data_root), split=source.split, leave_out_quality=source.leave_out_quality
        )
        kinds = [(photo.image, photo.labels, photo.instances) for photo in photos]
        finer = [photo.labels_ext for photo in photos if source.carried_ids]
        files = (path for path in (*chain.from_iterable(kinds), *finer) if path is not None)
        hashes[f"{source.folder} {source.split or ''}".strip()] = content_sha256(files)
    for folder in config.places:
        hashes[folder] = content_sha256(iter(find_pictures(locate(folder, data_root))))
    if config.start is not None:
        hashes[config.start] = content_sha256(iter([locate(config.start, data_root)]))
    return hashes


def build_network(config: TrainingConfig, data_root: Path, label_set: LabelSet) -> ParsingNet:
    """The network with its starting weights.

    Raises:
        ConfigError: the starting weights are not there.
    """
    torch.manual_seed(config.seed)
    num_classes, blocks = len(label_set.classes), config.overview_blocks
    if config.start is None:
        return ParsingNet(num_classes, overview_blocks=blocks or 0)
    start = locate(config.start, data_root)
    if start.suffix == ".npz" and start.name != WEIGHTS_NAME:
        net = ParsingNet(num_classes, overview_blocks=blocks or 0)
        net.load_starting_weights(start)
        return net
    trained = load_network(start)
    net = ParsingNet(num_classes, overview_blocks=trained.overview_blocks if blocks is None else blocks)
    _copy_trained(net, trained)
    return net


def _copy_trained(net: ParsingNet, trained: ParsingNet) -> None:
    """Everything, if the classes are as many as before; everything but the two layers that name classes, otherwise.

    Blocks of the overview that the trained network did not have stay as they are.
    """
    new = net.state_dict()
    state = {name: value for name, value in trained.state_dict().items() if name in new}
    state |= {name: value for name, value in new.items() if name not in state and name.startswith("context.overview.")}
    if net.classify.out_channels != trained.classify.out_channels:
        print(
            f"the starting network tells {trained.classify.out_channels} classes apart, this recipe "
            f"{net.classify.out_channels}: the layers 'classify' and 'aux' start anew",
            flush=True,
        )
        state |= {name: value for name, value in new.items() if name.startswith(("classify.", "aux.", "log_class"))}
    net.load_state_dict(state)


def class_weights(stream: SampleStream, num_classes: int, power: float, *, samples: int = 400) -> Tensor:
    """Weights that grow as a class's share of the stream's pixels shrinks; mean 1 over the stream's pixels."""
    counts = np.zeros(num_classes)
    for index in range(samples):
        counts += np.bincount(stream[index].labels.ravel(), minlength=256)[:num_classes]
    share = np.maximum(counts / counts.sum(), 1e-5)
    weights = share**-power
    weights = np.clip(weights / (weights * share).sum(), 0.3, 6.0)
    return torch.from_numpy(weights.astype(np.float32))


def learning_rate_factor(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine to 1 % of the rate."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / config.steps))))


def build_optimizer(net: ParsingNet, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW; each part of the network learns at its own rate; norms and biases do not decay."""
    rates = {"backbone.": config.backbone_rate, "context.overview.": config.overview_rate, "": 1.0}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            rate = next(rate for start, rate in rates.items() if name.startswith(start))
            groups.setdefault((rate, parameter.dim() > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "initial_lr": config.learning_rate * rate,
                "weight_decay": config.weight_decay if decays else 0.0,
            }
            for (rate, decays), parameters in groups.items()
        ],
        lr=config.learning_rate,
        eps=1e-6,
    )


def train(config: TrainingConfig, data_root: Path, out_dir: Path, *, threads: int | None = None) -> Path:
    """Run a recipe, going on from `out_dir`/checkpoint.pt if it is there. Returns the checkpoint's path.

    Writes checkpoint.pt (weights, averaged weights, optimiser, step), log.csv and val.jsonl into `out_dir`.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(0)  # a worker forked from a process with OpenCV's threads would wait for them for ever
    if threads is not None:
        torch.set_num_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    label_set = config.label_set
    stream = build_stream(config, data_root, label_set)
    net = build_network(config, data_root, label_set).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.backbone.freeze_first_blocks(config.frozen_blocks)
    optimizer = build_optimizer(net, config)
    write_bytes_atomically(
        out_dir / "data.json", (json.dumps(data_hashes(config, data_root), indent=2) + "\n").encode()
    )
    weights = class_weights(stream, len(label_set.classes), config.class_weight_power).to(device)
    net.log_class_weights.copy_(weights.log())
    averaged = AveragedNet(net, config.averaging_decay)
    checkpoint = out_dir / "checkpoint.pt"
    step = 0
    if checkpoint.exists():
        averaged.state, step = load_checkpoint(checkpoint, net, optimizer, device)
        print(f"going on from step {step}", flush=True)
    loader = DataLoader(
        SampleBatches(stream, step, max(0, config.steps - step)), batch_size=None, num_workers=config.workers,
        prefetch_factor=4 if config.workers else None, worker_init_fn=_one_thread, pin_memory=device.type == "cuda",
    )  # fmt: skip
    started = time.monotonic()
    sums: dict[str, float] = {}
    summed_steps = 0
    net.train()
    for batch in loader:
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] * learning_rate_factor(step, config)
        # (B, 3, H, W) in [-1, 1]
        images = batch.pixels.to(device, memory_format=torch.channels_last).float() / 127.5 - 1
        people = person_targets(batch.person_ids, batch.labels)
        if device.type == "cuda":
            people = type(people)(*(getattr(people, name).to(device) for name in people.__dataclass_fields__))
        with torch.autocast(device.type, torch.bfloat16, enabled=config.mixed_precision):
            output = net(images)
        truth = Truth(
            batch.labels.to(device).long(), batch.details.to(device).long(), batch.point_heat.to(device), people
        )
        losses = parsing_loss(output, truth, weights, config.losses)
        optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        if torch.isfinite(norm):  # one batch whose gradients overflow must not spoil the weights
            optimizer.step()
        else:
            print(f"step {step}: left out, its gradients are not finite", flush=True)
        averaged.update(net, step)
        step += 1
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        summed_steps += 1
        if step % REPORT_EVERY == 0 or step == config.steps:
            row = {name: round(total / summed_steps, 4) for name, total in sums.items()}
            _report(out_dir / "log.csv", {"step": step, "seconds": round(time.monotonic() - started, 1)} | row)
            sums, summed_steps = {}, 0
        if step % config.checkpoint_every == 0 or step == config.steps:
            save_checkpoint(checkpoint, net, averaged.state, optimizer, step)
        if config.val is not None and (step % config.evaluate_every == 0 or step == config.steps):
            _validate(config, data_root, out_dir, averaged, label_set, step)
    return checkpoint


def _validate(
    config: TrainingConfig, data_root: Path, out_dir: Path, averaged: AveragedNet, label_set: LabelSet, step: int
) -> None:
    assert config.val is not None
    net = network_for(averaged.state)
    net.load_state_dict(averaged.state)
    photos = find_photos(
        locate(config.val.folder, data_root), split=config.val.split, leave_out_quality=config.val.leave_out_quality
    )
    parser = PixelParser(NetworkEngine(net), label_set, InputRule(config.val_long_side_px))
    figures = evaluate_photos(parser, photos)
    with (out_dir / "val.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step} | figures.as_dict()) + "\n")
    print(f"step {step}: {figures.summary()}", flush=True)


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
