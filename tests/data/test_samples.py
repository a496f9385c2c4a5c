from pathlib import Path

import numpy as np
import pytest

from fittingroom.data.compositing import CompositeRule
from fittingroom.data.photos import find_photos, find_pictures
from fittingroom.data.samples import PhotoSource, SampleStream, TrainingSample, rarity_chances
from fittingroom.errors import ConfigError
from fittingroom.labels import LabelSet

HEADS = LabelSet("heads", ("background", "hair", "face"))
SIZES_HW = ((32, 48), (48, 32), (64, 64))


def stream_of(
    root: Path, *, composite_share: float = 0.5, seed: int = 1, occluder_chance: float = 0.0, cache_mb: int = 10
) -> SampleStream:
    photos = find_photos(root / "heads")
    source = PhotoSource(photos, 1.0, 1.0, np.full(len(photos), 1 / len(photos)))
    return SampleStream(
        [source],
        find_pictures(root / "places"),
        HEADS,
        composite_share=composite_share,
        rule=CompositeRule(people=(0, 1, 2, 3), occluder_chance=occluder_chance, min_visible_px=8),
        view_sizes_hw=SIZES_HW,
        batch_size=4,
        seed=seed,
        cache_mb=cache_mb,
    )


def assert_same(first: TrainingSample, second: TrainingSample) -> None:
    assert np.array_equal(first.pixels_rgb, second.pixels_rgb)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.person_ids, second.person_ids)


@pytest.mark.parametrize("cache_mb", [0, 10])
def test_a_sample_depends_on_the_seed_and_its_number_alone(drawn_photos: Path, cache_mb: int) -> None:
    stream, again = stream_of(drawn_photos), stream_of(drawn_photos, cache_mb=cache_mb)
    forward = [stream[index] for index in range(12)]
    for index in reversed(range(12)):
        assert_same(forward[index], again[index])


def test_another_seed_gives_other_samples(drawn_photos: Path) -> None:
    first, other = (stream_of(drawn_photos, seed=seed)[0] for seed in (1, 2))
    assert first.pixels_rgb.shape != other.pixels_rgb.shape or not np.array_equal(first.pixels_rgb, other.pixels_rgb)


def test_all_samples_of_a_batch_have_one_size_and_every_size_comes(drawn_photos: Path) -> None:
    stream = stream_of(drawn_photos)
    sizes = []
    for batch in range(12):
        shapes = {stream[4 * batch + item].labels.shape for item in range(4)}
        assert len(shapes) == 1
        sizes.extend(shapes)
    assert set(sizes) == set(SIZES_HW)


@pytest.mark.parametrize("composite_share", [0.0, 1.0])
@pytest.mark.parametrize("occluder_chance", [0.0, 1.0])
def test_somebody_is_exactly_where_a_class_is(
    drawn_photos: Path, composite_share: float, occluder_chance: float
) -> None:
    stream = stream_of(drawn_photos, composite_share=composite_share, occluder_chance=occluder_chance)
    for index in range(24):
        sample = stream[index]
        assert sample.pixels_rgb.shape == (*sample.labels.shape, 3)
        assert sample.pixels_rgb.dtype == sample.labels.dtype == sample.person_ids.dtype == np.uint8
        assert set(np.unique(sample.labels)) <= {0, 1, 2, 255}
        assert np.array_equal((sample.labels > 0) & (sample.labels < 255), sample.person_ids > 0)


def test_composites_show_more_people_than_any_photo(drawn_photos: Path) -> None:
    stream = stream_of(drawn_photos, composite_share=1.0)
    counts = [int(stream[index].person_ids.max()) for index in range(24)]
    assert 0 in counts
    assert max(counts) > 2


def test_a_source_of_weight_0_is_never_shown(drawn_photos: Path) -> None:
    photos = find_photos(drawn_photos / "heads")
    shown = PhotoSource(photos[:1], 1.0, 1.0, np.ones(1))
    never = PhotoSource(photos[2:3], 0.0, 0.0, np.ones(1))  # the one with two people
    stream = SampleStream(
        [shown, never], [], HEADS, composite_share=0.0, rule=CompositeRule(),
        view_sizes_hw=SIZES_HW, batch_size=4, seed=1,
    )  # fmt: skip
    assert all(stream[index].person_ids.max() <= 1 for index in range(20))


def test_a_place_that_is_no_picture_is_named(drawn_photos: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"?")
    stream = stream_of(drawn_photos, composite_share=1.0)
    stream.places = [tmp_path / "broken.jpg"]
    with pytest.raises(ConfigError, match=r"broken\.jpg: not a readable picture; remove or replace it"):
        [stream[index] for index in range(8)]


def test_chances_sum_to_1_and_prefer_photos_with_rare_classes(tmp_path: Path) -> None:
    from PIL import Image

    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for number in range(10):
        labels = np.zeros((12, 8), np.uint8)
        labels[:4] = 1
        if number == 3:
            labels[4:8] = 2  # the only face
        Image.fromarray(labels).save(tmp_path / f"labels/{number}.png")
        Image.new("RGB", (8, 12)).save(tmp_path / f"images/{number}.png")
    photos = find_photos(tmp_path)
    for power, factor in ((0.0, 1.0), (0.5, 10**0.5), (1.0, 10.0)):
        chances = rarity_chances(photos, 3, power=power)
        assert chances.sum() == pytest.approx(1)
        assert chances[3] / chances[0] == pytest.approx(factor)
