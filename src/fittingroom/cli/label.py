"""``fittingroom label``: labels for unlabelled photos, for self-training."""

from __future__ import annotations

from pathlib import Path

import click

from fittingroom.cli.extras import needs_training_extra


@click.command()
@click.argument("model")
@click.argument("photos", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--person-weights", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="Starting weights (.npz) of a network that tells people from the rest: a second opinion.",
)  # fmt: skip
@click.option(
    "--out", "out_dir", required=True, type=click.Path(path_type=Path), help="Folder for images/ and labels/."
)
@click.option("--tags", "tags_csv", type=click.Path(path_type=Path, dir_okay=False), help="CSV with columns id, tags.")
@click.option("--tag-table", type=click.Path(path_type=Path, dir_okay=False), help="TOML: which classes a tag allows.")
@click.option(
    "--mend", "mended_dir", type=click.Path(path_type=Path, file_okay=False),
    help="An earlier --out: label anew only those of its photos that do not show what their tags name.",
)  # fmt: skip
@click.option("--leave-out-every", type=click.IntRange(min=2), help="Leave out every n-th photo, to look at later.")
@click.option(
    "--long-sides", "long_sides_px", default="416,544,704", show_default=True, metavar="PX,...",
    help="Sizes at which the model looks; smaller ones for close-ups.",
)  # fmt: skip
@click.option(
    "--max-ignored", default=0.35, show_default=True, type=click.FloatRange(0, 1),
    help="Leave out photos of whose person a larger share is in doubt.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the network [default: at most 4].")
def command(
    model: str,
    photos: Path,
    person_weights: Path,
    out_dir: Path,
    tags_csv: Path | None,
    tag_table: Path | None,
    mended_dir: Path | None,
    leave_out_every: int | None,
    long_sides_px: str,
    max_ignored: float,
    threads: int | None,
) -> None:
    """Label the largest person of every photo in PHOTOS with MODEL; doubtful pixels and photos are left out."""
    needs_training_extra()
    from fittingroom.data.photos import find_pictures
    from fittingroom.errors import ConfigError
    from fittingroom.parser import Parser
    from fittingroom.parsing.pixel_parser import PixelParser
    from fittingroom.training.pseudo_labels import PersonNetwork, PseudoLabelRule, label_folder, read_tag_table

    if (tags_csv is None) != (tag_table is None):
        raise click.UsageError("--tags and --tag-table belong together: give both or neither.")
    parser = Parser(model, threads=threads).pixel_parser
    if not isinstance(parser, PixelParser):
        raise ConfigError(f"{model} is M2FP, which gives no probabilities of every class; label with default or fast")
    pictures = find_pictures(photos)
    if leave_out_every is not None:
        pictures = [path for number, path in enumerate(pictures) if number % leave_out_every]
    rule = PseudoLabelRule(long_sides_px=tuple(int(side) for side in long_sides_px.split(",")), max_ignored=max_ignored)
    kept = label_folder(
        parser.engine,
        PersonNetwork(person_weights),
        pictures,
        out_dir,
        parser.label_set,
        rule=rule,
        tags_csv=tags_csv,
        tag_table=read_tag_table(tag_table, parser.label_set) if tag_table else None,
        mended_dir=mended_dir,
    )
    click.echo(f"Labelled {kept} of {len(pictures)} photos: {out_dir}")
