"""The whole check of a folder: pairs, then every file that a pair needs, then what lies about unused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fittingroom.bundle.build import RECORDS, REPORT
from fittingroom.bundle.programs import PROGRAMS, FileRule, Kind, Layout, file_path, find_layout
from fittingroom.errors import ConfigError
from fittingroom.lint.calls import check_calls
from fittingroom.lint.finding import Finding, Severity
from fittingroom.lint.pair_rules import check_pairs, read_pair_lines
from fittingroom.lint.pictures import check_picture
from fittingroom.lint.poses import check_pose, check_sides

_POSES = (Kind.POSE, Kind.DRESSCODE_POSE)


def detect_category(folder: Path, program: str) -> str:
    """The category that a folder is for: what its report says, or whose pairs file has pairs.

    Raises:
        ConfigError: the program is unknown, or the folder has no pairs file of any category.
    """
    if program not in PROGRAMS:
        raise ConfigError(f"there is no program {program!r}; known are {', '.join(PROGRAMS)}")
    reported = _report(folder).get("category")
    if reported in PROGRAMS[program]:
        return str(reported)
    for category, layout in PROGRAMS[program].items():
        if read_pair_lines(folder / layout.pairs):
            return category
    return next(iter(PROGRAMS[program]))


def lint_folder(
    folder: Path, program: str, *, category: str | None = None, is_strict: bool = False
) -> Iterator[Finding]:
    """Everything that is wrong with a folder, one after the other; nothing where all is well.

    Args:
        folder: what the program reads.
        program: a name from `PROGRAMS`.
        category: "upper", "lower" or "dress"; None: found by `detect_category`.
        is_strict: what the bundle's report says cannot be made is an error, not a warning.

    Raises:
        ConfigError: there is no such folder, program or category.
    """
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {str(folder)!r}; check the path")
    category = category or detect_category(folder, program)
    layout = find_layout(program, category)
    report = _report(folder)
    yield from check_pairs(folder, layout)
    pairs = read_pair_lines(folder / layout.pairs)
    persons = list(dict.fromkeys(_stem(person) for person, _ in pairs))
    garments = list(dict.fromkeys(_stem(garment) for _, garment in pairs))
    try:
        if layout.captions.endswith(".jsonl"):
            yield from check_calls(folder, layout.captions, program, category, pairs)
        elif layout.captions:
            yield from _captions(folder, layout, garments)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = "not there" if isinstance(error, FileNotFoundError) else f"not readable ({error!r})"
        yield Finding(layout.captions, "captions-missing", reason, "write it; the program stops without it")
    wanted = {file_path(rule, name): rule for name in persons for rule in layout.persons}
    wanted |= {file_path(rule, name): rule for name in garments for rule in layout.garments}
    severity = Severity.ERROR if is_strict else Severity.WARNING
    not_made = {made.get("path") for made in report.get("not_made", ()) if isinstance(made, dict)}
    for file, rule in wanted.items():
        yield from _file(folder, file, rule, severity if rule.path in not_made else Severity.ERROR, layout)
    for name in persons:
        for map_rule in layout.rules(Kind.CIHP_MAP):
            for pose_rule in layout.rules(Kind.POSE):
                map_file = file_path(map_rule, name)
                yield from check_sides(folder / map_file, map_file, folder / file_path(pose_rule, name))
    if pairs:
        yield from _unused(folder, layout, set(wanted))


def _file(folder: Path, file: str, rule: FileRule, severity: Severity, layout: Layout) -> Iterator[Finding]:
    path = folder / file
    if not path.is_file():
        if rule.is_read:
            yield Finding(
                file,
                "missing" if rule.is_made else "not-made",
                f"the {rule.kind.value} is not there" + _other_spelling(path),
                "make it with the program that the report names"
                if not rule.is_made
                else "make it, or take the pair out",
                severity,
            )
        return
    if rule.kind in _POSES:
        yield from check_pose(path, file, rule.kind)
        return
    if rule.kind is Kind.AGNOSTIC_PICTURE:
        return
    yield from check_picture(path, file, rule.kind)
    if rule.kind is Kind.AGNOSTIC_MASK and rule.is_read and layout.must_be_single_spaced and _is_gray_png(path):
        yield Finding(
            file, "mask-one-channel", "one channel; --repaint needs three", "save it as RGB", Severity.WARNING
        )


def _captions(folder: Path, layout: Layout, garments: list[str]) -> Iterator[Finding]:
    captioned = _captioned((folder / layout.captions).read_text(encoding="utf-8"), layout.captions)
    for garment in garments:
        if f"{garment}.jpg" not in captioned:
            yield Finding(
                layout.captions, "caption-absent", f"nothing about {garment}.jpg: the program makes up a word for it",
                "add the garment", Severity.WARNING,
            )  # fmt: skip


def _captioned(text: str, name: str) -> set[str]:
    """File names of the garments that have words."""
    if name.endswith(".txt"):
        return {line.split()[0] for line in text.splitlines() if len(line.split()) > 1}
    return {str(entry["file_name"]) for entries in json.loads(text).values() for entry in entries}


def _unused(folder: Path, layout: Layout, wanted: set[str]) -> Iterator[Finding]:
    """Files in folders of the layout that no pair names: often a name that does not match."""
    folders = {Path(rule.path).parent.as_posix() for rule in (*layout.persons, *layout.garments) if rule.is_read}
    for name in sorted(folders):
        for path in sorted((folder / name).glob("*")) if (folder / name).is_dir() else ():
            file = path.relative_to(folder).as_posix()
            if path.is_file() and file not in wanted and not path.name.startswith(".") and RECORDS not in path.parts:
                yield Finding(
                    file, "unused", "no pair names it", "add a pair, correct its name, or delete it", Severity.WARNING
                )


def _other_spelling(path: Path) -> str:
    """A file of nearly the same name: another extension, or capitals."""
    if not path.parent.is_dir():
        return ""
    for other in sorted(path.parent.iterdir()):
        if other.stem.casefold() == path.stem.casefold() or other.name.casefold() == path.name.casefold():
            return f", but {other.name} is"
    return ""


def _is_gray_png(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(26)
    return header[:4] == b"\x89PNG" and len(header) == 26 and header[25] == 0


def _report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / REPORT).read_bytes())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)] if Path(name).suffix else name
