"""``fittingroom scenes``: build a fixed set of crowded pictures to evaluate on."""

from __future__ import annotations

from pathlib import Path

import click

SETS = ("crowd-val", "many-val")
BAG_ID = 20  # in labels_ext; what people carry comes along


@click.command()
@click.argument("name", type=click.Choice(SETS))
@click.option(
    "--data", "data_root", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder that the next two lie in.",
)  # fmt: skip
@click.option(
    "--people", default="street-parsing", show_default=True, help="Labelled photos; those of split val are used."
)
@click.option("--places", default="backgrounds", show_default=True, help="Pictures without people.")
@click.option(
    "--out", "out_dir", required=True, type=click.Path(path_type=Path), metavar="DIR",
    help="Folder for images/, labels/, instances/, people.csv.",
)  # fmt: skip
def command(name: str, data_root: Path, people: str, places: str, out_dir: Path) -> None:
    """Build the scenes of a set: people of other photos' val split, pasted together with overlap.

    The same photos give the same set; the last line is a hash of its truth to compare by.
    """
    from fittingroom.data.photos import content_sha256, find_photos, find_pictures
    from fittingroom.evaluation.scenes import HIDDEN, SCENE_SETS, write_scenes
    from fittingroom.labels import CIHP

    scene_set = SCENE_SETS[name]
    photos = find_photos(data_root / people, split="val", carried_ids=(BAG_ID,))
    everybody = write_scenes(scene_set, photos, find_pictures(data_root / places), CIHP, out_dir)
    hidden = sum(HIDDEN[0] <= person.hidden <= HIDDEN[1] for person in everybody)
    heights_px = sorted(person.height_px for person in everybody)
    click.echo(
        f"{scene_set.scenes} scenes of {len(everybody)} people, {hidden / len(everybody):.0%} of them hidden by "
        f"{HIDDEN[0]:.0%} to {HIDDEN[1]:.0%}, {heights_px[0]:.0f} to {heights_px[-1]:.0f} pixels tall: {out_dir}"
    )
    truth = (path for kind in ("labels", "instances") for path in find_pictures(out_dir / kind))
    click.echo(f"Truth: {content_sha256(truth)}")
