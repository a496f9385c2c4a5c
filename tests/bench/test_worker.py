from __future__ import annotations

import numpy as np
import pytest

from fittingroom.bench.worker import STAGES, StageClock, parse_in_stages
from fittingroom.engine.fake_engine import FakeEngine
from fittingroom.export import mosaic
from fittingroom.imaging import encode_jpeg, read_photo
from fittingroom.labels import CIHP
from fittingroom.parsing.pixel_parser import PixelParser
from fittingroom.parsing.prepare import InputRule


@pytest.fixture
def parser() -> PixelParser:
    def see_a_figure(picture: np.ndarray) -> np.ndarray:
        classes = np.zeros((picture.shape[0] // 4, picture.shape[1] // 4), np.uint8)
        classes[3:6, 4:9] = CIHP.id_of("hair")
        classes[6:14, 4:9] = CIHP.id_of("dress")
        return classes

    return PixelParser(FakeEngine(len(CIHP), see_a_figure), CIHP, InputRule(64))


@pytest.fixture
def jpeg() -> bytes:
    return encode_jpeg(np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8))


def test_the_stages_together_do_what_parse_and_mosaic_do(parser: PixelParser, jpeg: bytes) -> None:
    result, encoded = parse_in_stages(parser, jpeg, StageClock())
    expected = parser.parse(read_photo(jpeg).pixels_rgb)
    assert [list(person.parts) for person in result.people] == [["hair", "dress"]]
    np.testing.assert_array_equal(result.label_map, expected.label_map)
    np.testing.assert_array_equal(result.person_map, expected.person_map)
    assert encoded == encode_jpeg(mosaic(expected))


def test_every_stage_is_timed_once_and_in_order(parser: PixelParser, jpeg: bytes) -> None:
    clock = StageClock()
    parse_in_stages(parser, jpeg, clock)
    assert tuple(clock.wall_ms) == tuple(clock.cpu_ms) == STAGES
    assert all(ms >= 0 for ms in (*clock.wall_ms.values(), *clock.cpu_ms.values()))


def test_laps_leave_no_time_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    wall_s = iter((10.0, 10.5, 12.0))
    cpu_s = iter((1.0, 1.25, 1.5))
    monkeypatch.setattr("time.perf_counter", lambda: next(wall_s))
    monkeypatch.setattr("time.process_time", lambda: next(cpu_s))
    clock = StageClock()
    clock.lap("decode")
    clock.lap("network")
    assert clock.wall_ms == {"decode": 500.0, "network": 1500.0}
    assert clock.cpu_ms == {"decode": 250.0, "network": 250.0}
