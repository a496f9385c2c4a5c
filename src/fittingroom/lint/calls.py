"""Rules for files that hold the arguments of a call for each pair: FASHN's and OOTDiffusion's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fittingroom.bundle.programs import FASHN_CATEGORIES, OOTDIFFUSION_CATEGORIES
from fittingroom.lint.finding import Finding, Severity

_KEYS = {"fashn": ("person", "garment"), "ootdiffusion": ("model_path", "cloth_path")}


def check_calls(
    folder: Path, file: str, program: str, category: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """Everything that the file can show, and the pairs that it does not have.

    Raises:
        OSError, ValueError, TypeError, KeyError: it is missing, or a line does not hold such arguments.
    """
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    calls = {number: json.loads(line) for number, line in enumerate(lines, start=1) if line.strip()}
    keys = _KEYS[program]
    called = set()
    for number, call in calls.items():
        paths = [Path(call[key]) for key in keys]
        called.add((paths[0].name, paths[1].name))
        for key, path in zip(keys, paths, strict=True):
            if not (folder / path).is_file():
                yield Finding(
                    f"{file}:{number}", "call-file", f"{key} {path.as_posix()} is not there", "correct the path"
                )
        yield from _category(f"{file}:{number}", call, program, category)
    yield from _outputs(file, calls)
    for person, garment in pairs:
        if (person, garment) not in called:
            yield Finding(
                file,
                "call-absent",
                f"no call for {person} {garment}",
                "add a line, or take the pair out",
                Severity.WARNING,
            )


def _category(place: str, call: dict[str, Any], program: str, category: str) -> Iterator[Finding]:
    wanted: str | int = FASHN_CATEGORIES[category] if program == "fashn" else OOTDIFFUSION_CATEGORIES[category]
    if call["category"] != wanted:
        yield Finding(
            place, "call-category", f"category {call['category']!r}; {category} garments are {wanted!r}",
            f"write {json.dumps(wanted)}: the program takes off the wrong garment without a word",
        )  # fmt: skip
    if program == "ootdiffusion" and (call["model_type"], category != "upper") == ("hd", True):
        yield Finding(
            place,
            "call-category",
            'model_type "hd" knows upper garments only',
            'write "dc"; the program stops otherwise',
        )


def _outputs(file: str, calls: dict[int, dict[str, Any]]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for number, call in calls.items():
        other = first.setdefault(str(call.get("output", number)), number)
        if other != number:
            yield Finding(
                f"{file}:{number}", "results-overwrite", f"the result of line {other} is {call['output']} too",
                "give each call an output of its own",
            )  # fmt: skip
