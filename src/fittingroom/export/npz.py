"""The maps of a result as a numpy archive."""

import io
import zipfile

import numpy as np
import numpy.typing as npt

from fittingroom.labels import DETAILS
from fittingroom.results import ParseResult


def npz(result: ParseResult) -> bytes:
    """An ``.npz`` file that ``numpy.load`` reads without pickle.

    Arrays:
        labels: class ids, uint8 (H, W).
        persons: person ids, uint16 (H, W), 0 is nobody.
        confidence: probability of each pixel's label times 255, uint8 (H, W).
        classes: class names, str (N,); the index is the id.
        details: detail ids, uint8 (H, W); where the photo was parsed for details, as are the next two.
        detail_names: str (M,); the index is the id.
        bags: bool (H, W), where a bag is seen.
        body_points: float32 (people, 25, 3): x, y in pixels, confidence in [0, 1]; where they were asked for.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "labels": result.label_map,
        "persons": result.person_map,
        "confidence": result.confidence,
        "classes": np.array(result.label_set.classes),
    }
    if result.detail_map is not None:
        arrays |= {"details": result.detail_map, "detail_names": np.array(DETAILS)}
    if result.bag_map is not None:
        arrays["bags"] = result.bag_map
    points = [person.body_points for person in result.people if person.body_points is not None]
    if points:
        arrays["body_points"] = np.stack(points)
    buffer = io.BytesIO()
    # numpy.savez_compressed knows only zlib's level 6, which takes several times as long for a few per cent of size.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return buffer.getvalue()
