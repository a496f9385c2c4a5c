"""The maps of a result as a numpy archive."""

import io
import zipfile

import numpy as np
import numpy.typing as npt

from fittingroom.results import ParseResult


def npz(result: ParseResult) -> bytes:
    """An ``.npz`` file that ``numpy.load`` reads without pickle.

    Arrays:
        labels: class ids, uint8 (H, W).
        persons: person ids, uint16 (H, W), 0 is nobody.
        confidence: probability of each pixel's label times 255, uint8 (H, W).
        classes: class names, str (N,); the index is the id.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "labels": result.label_map,
        "persons": result.person_map,
        "confidence": result.confidence,
        "classes": np.array(result.label_set.classes),
    }
    buffer = io.BytesIO()
    # numpy.savez_compressed knows only zlib's level 6, which takes several times as long for a few per cent of size.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return buffer.getvalue()
