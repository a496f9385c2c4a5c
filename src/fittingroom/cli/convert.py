"""``fittingroom convert``: results and annotations from one tool's form into another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import numpy as np

from fittingroom.errors import ConfigError
from fittingroom.interchange import FORMATS, AnnotatedPhoto, Reading, detect_format, read_dataset, write_dataset
from fittingroom.interchange.annotated import PersonMap
from fittingroom.interchange.folders import read_ids
from fittingroom.interchange.places import names_below
from fittingroom.interchange.translation import translated
from fittingroom.labels import LABEL_SETS, find_label_set

FORM_NAMES = list(FORMATS)


def read_instead(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """``("torso-skin=face",)`` as a dict."""
    pairs = [value.partition("=") for value in values]
    if not all(source and target for source, _, target in pairs):
        raise click.BadParameter("expected CLASS=CLASS, for instance torso-skin=face")
    return {source: target for source, _, target in pairs}


@click.command(epilog="Formats: " + "; ".join(f"{name}: {form.about}" for name, form in FORMATS.items()) + ".")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--to", "to_form", required=True, type=click.Choice(FORM_NAMES), metavar="FORMAT", help="The form wanted."
)
@click.option(
    "--from", "from_form", type=click.Choice(FORM_NAMES), metavar="FORMAT", help="The form of IN [default: looked up]."
)
@click.option(
    "--photos", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Folder of the photos themselves."
)
@click.option(
    "--label-set", type=click.Choice(list(LABEL_SETS)), help="What the ids of IN mean, where IN does not say."
)
@click.option("--to-labels", type=click.Choice(list(LABEL_SETS)), help="Translate into this label set.")
@click.option("--lossy", is_flag=True, help="Accept substitutes for classes that the other label set cannot say.")
@click.option(
    "--instead",
    multiple=True,
    metavar="CLASS=CLASS",
    callback=read_instead,
    help="A substitute of your own; repeatable.",
)
@click.option(
    "--people-from", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="FOLDER",
    help="Person ids of an earlier parse (its instances/), for tools that lose whose part is whose.",
)  # fmt: skip
def command(
    source: Path,
    out: Path,
    to_form: str,
    from_form: str | None,
    photos: Path | None,
    label_set: str | None,
    to_labels: str | None,
    lossy: bool,
    instead: dict[str, str],
    people_from: Path | None,
) -> None:
    """Turn IN, a dataset in one tool's form, into OUT, the same in another's.

    What was written and read back is the same, pixel for pixel. What a form or a label set cannot say is named.
    """
    if (lossy or instead) and to_labels is None:
        raise click.UsageError("--lossy and --instead say how to translate labels: give --to-labels too.")
    from_form = from_form or detect_format(source)
    reading = Reading(
        label_set=find_label_set(label_set) if label_set else None,
        photos=photos,
        person_maps=_PersonFolder(people_from) if people_from else None,
    )
    notes: Counter[str] = Counter()
    people = 0
    names = []

    def photos_in_turn() -> Iterator[AnnotatedPhoto]:
        nonlocal people
        for photo in read_dataset(source, reading, form=from_form):
            turned = translated(photo, find_label_set(to_labels), lossy=lossy, instead=instead) if to_labels else photo
            notes.update(turned.notes)
            people += len(turned.result.people)
            names.append(turned.name)
            yield turned

    lost = write_dataset(photos_in_turn(), out, form=to_form)
    if not names:
        raise ConfigError(f"{source}: no photo in it ({from_form}); check the path")
    notes.update(lost)
    for note, times in notes.items():
        click.echo(f"Note: {note}" + (f" ({times} photos)" if times > 1 else ""), err=True)
    click.echo(f"{out}: {len(names)} photos with {people} people, {from_form} -> {to_form}")


class _PersonFolder(Mapping[str, PersonMap]):
    """Person maps by name, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._paths = dict(names_below(folder, [".png"]))

    def __getitem__(self, name: str) -> PersonMap:
        return read_ids(self._paths[name]).astype(np.uint16)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
