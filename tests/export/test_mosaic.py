import io

import numpy as np
from PIL import Image

from fittingroom.export.mosaic import mosaic
from fittingroom.export.writer import FORMATS
from fittingroom.labels import CIHP, mosaic_palette
from fittingroom.results import ParseResult


def test_every_pixel_has_the_exact_colour_of_its_class(result: ParseResult) -> None:
    colours = mosaic(result)
    assert colours.dtype == np.uint8
    assert np.array_equal(colours, mosaic_palette(CIHP)[result.label_map])
    assert colours[0, 6].tolist() == [255, 0, 0]
    assert colours[1, 1].tolist() == [0, 255, 0]
    assert colours[3, 0].tolist() == [0, 0, 255]
    assert colours[4, 5].tolist() == [255, 0, 255]
    assert colours[0, 0].tolist() == [0, 0, 0]


def test_nobody_is_black(nobody: ParseResult) -> None:
    assert not mosaic(nobody).any()


def test_the_file_is_a_jpeg_without_chroma_subsampling_that_keeps_the_colours(large_result: ParseResult) -> None:
    mosaics = FORMATS["mosaic"]
    content = mosaics.encode(large_result, np.zeros((360, 480, 3), np.uint8))
    assert mosaics.suffix == ".jpg"
    assert isinstance(content, bytes)
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "JPEG"
    assert [component[1:3] for component in picture.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
    difference = np.asarray(picture).astype(int) - mosaic(large_result)
    assert np.percentile(abs(difference), 99) <= 6
