"""Rules for the pairs file: that it can be read, that names obey the program, that no result overwrites another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fittingroom.bundle.programs import Layout
from fittingroom.imaging.writing import write_bytes_atomically
from fittingroom.lint.finding import Finding, Severity

_BOM = b"\xef\xbb\xbf"


def read_pair_lines(path: Path) -> list[tuple[str, str]]:
    """The pairs that can be read; lines of more or fewer names are left out."""
    try:
        text = path.read_bytes().removeprefix(_BOM).decode("utf-8", errors="replace")
    except OSError:
        return []
    rows = [line.split() for line in text.splitlines()]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def check_pairs(folder: Path, layout: Layout) -> Iterator[Finding]:
    """Everything that the pairs file can show by itself."""
    path, file = folder / layout.pairs, layout.pairs
    for other in layout.empty_pairs:
        if not (folder / other).is_file():
            yield Finding(
                other, "pairs-missing", "not there; the program stops without it", "make an empty file",
                Severity.ERROR if layout.must_be_single_spaced else Severity.WARNING,
                fix=lambda other=other: write_bytes_atomically(folder / other, b""),  # type: ignore[misc]
            )  # fmt: skip
    if not path.is_file():
        yield Finding(file, "pairs-missing", "not there", 'write a line "PERSON.jpg GARMENT.jpg" for each pair')
        return
    content = path.read_bytes()
    if content.startswith(_BOM):
        yield Finding(
            file, "pairs-encoding", "begins with a byte order mark, which becomes part of the first name",
            "save it as UTF-8 without a mark", fix=lambda: write_bytes_atomically(path, content.removeprefix(_BOM)),
        )  # fmt: skip
    try:
        lines = content.removeprefix(_BOM).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        yield Finding(file, "pairs-encoding", f"not UTF-8 ({error.reason} at byte {error.start})", "save it as UTF-8")
        return
    yield from _lines(path, file, lines, layout)
    pairs = read_pair_lines(path)
    if not pairs:
        yield Finding(file, "pairs-empty", "no pair in it", 'write a line "PERSON.jpg GARMENT.jpg" for each pair')
    yield from _names(file, pairs, layout)
    yield from _overwritten(file, pairs, layout)


def _lines(path: Path, file: str, lines: list[str], layout: Layout) -> Iterator[Finding]:
    is_spaced_badly = False
    for number, line in enumerate(lines, start=1):
        names = line.split()
        if len(names) != 2:
            hint = "a name with a space counts as two" if len(names) > 2 else "names are parted by a space"
            yield Finding(
                f"{file}:{number}",
                "name-space" if len(names) > 2 and _has_spaced_name(line) else "pairs-line",
                f"{len(names)} names in {line.strip()!r}",
                f"write two names; {hint}",
            )
        elif len(line.strip().split(" ")) != 2:
            is_spaced_badly = True
    if is_spaced_badly:
        yield Finding(
            file, "pairs-spacing", "names are parted by a tab or several spaces", "part them by one space",
            Severity.ERROR if layout.must_be_single_spaced else Severity.WARNING,
            fix=lambda: write_bytes_atomically(
                path, "".join(" ".join(line.split()) + "\n" for line in lines if line.strip()).encode()
            ),
        )  # fmt: skip


def _has_spaced_name(line: str) -> bool:
    """Two names of files, with a space in one of them, and nothing behind the second."""
    names_end = [found.end() for found in re.finditer(r"\.(?:jpe?g|png)\b", line.strip(), re.IGNORECASE)]
    return len(names_end) == 2 and names_end[1] == len(line.strip())


def _names(file: str, pairs: list[tuple[str, str]], layout: Layout) -> Iterator[Finding]:
    for name in dict.fromkeys(name for pair in pairs for name in pair):
        if not name.endswith(".jpg") or name.count(".jpg") != 1:
            yield Finding(
                file,
                "name-extension",
                name,
                "rename the file and the line: .jpg in small letters, once; programs replace it",
            )
    for person in dict.fromkeys(person for person, _ in pairs):
        if "image" in person:
            yield Finding(
                file, "name-image", person, 'rename the person: programs replace "image" by another folder\'s name',
                Severity.ERROR if layout.names_results_by_prefix else Severity.WARNING,
            )  # fmt: skip
        if layout.has_numbered_names and not re.fullmatch(r"[^_]+_0\.jpg", person):
            yield Finding(file, "name-form", person, "name persons 000001_0.jpg: other files are found by replacing _0")


def _overwritten(file: str, pairs: list[tuple[str, str]], layout: Layout) -> Iterator[Finding]:
    results: dict[str, tuple[str, str]] = {}
    for person, garment in pairs:
        if layout.names_results_by_person:
            result = person
        elif layout.names_results_by_prefix:
            result = f"{person.split('_')[0]}_{garment}"
        else:
            result = f"{person} {garment}"
        first = results.setdefault(result, (person, garment))
        if first != (person, garment):
            yield Finding(
                file, "results-overwrite", f"{person} {garment} gives a result of the name of {first[0]} {first[1]}",
                "give the person another name for each garment, without _ in it, or write one bundle for each garment",
            )  # fmt: skip
