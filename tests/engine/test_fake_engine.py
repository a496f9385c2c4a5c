import numpy as np

from fittingroom.engine.fake_engine import FakeEngine


def test_every_cell_of_a_figure_points_to_its_hottest_cell() -> None:
    classes = np.array([[0, 2, 2, 2, 0, 0], [0, 2, 2, 2, 0, 1], [0, 0, 2, 0, 0, 1]], np.uint8)
    engine = FakeEngine(3, lambda _: classes)
    output = engine.run(np.zeros((1, 12, 24, 3), np.uint8))
    assert np.array_equal(output.class_logits[0].argmax(0), classes)
    heat, offsets_px = output.centre_heat[0], output.centre_offsets_px[0]
    assert heat.sum() == 2  # two figures
    for y, x in zip(*np.nonzero(classes), strict=True):
        centre = (int(y + offsets_px[1, y, x] / 4), int(x + offsets_px[0, y, x] / 4))
        assert heat[centre] == 1
        assert classes[centre] == classes[y, x]


def test_each_picture_of_a_batch_is_seen() -> None:
    engine = FakeEngine(2, lambda picture: picture[::4, ::4, 0])
    batch = np.stack([np.zeros((16, 16, 3), np.uint8), np.ones((16, 16, 3), np.uint8)])
    output = engine.run(batch)
    assert output.class_logits.argmax(1).mean((1, 2)).tolist() == [0, 1]
    assert np.array_equal(engine.seen, batch)
