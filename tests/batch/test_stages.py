from __future__ import annotations

import pytest

from fittingroom.batch.stages import stem_of


@pytest.mark.parametrize("photo_id", ["a.jpg", "beach/img 1.png", "0001.tar/000017.jpg", "海滩/1.jpg", "p.parquet#17"])
def test_a_harmless_id_names_its_files(photo_id: str) -> None:
    assert stem_of(photo_id) == photo_id


@pytest.mark.parametrize("photo_id", ["../../etc/passwd", "/a", "a//b", "a?b", "a/./b", "x ", "..", "", "a\n"])
def test_an_id_that_would_lead_elsewhere_gets_another_name(photo_id: str) -> None:
    stem = stem_of(photo_id)
    assert stem != photo_id
    assert not stem.startswith("/")
    assert ".." not in stem.split("/")
    assert stem == stem_of(photo_id)


def test_ids_that_look_alike_get_distinct_names() -> None:
    assert len({stem_of(photo_id) for photo_id in ("a?b", "a*b", "a_b")}) == 3
