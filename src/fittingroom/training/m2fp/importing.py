"""A published checkpoint becomes a stored model: checked, converted, compared, and only then put in its place."""

from __future__ import annotations

from pathlib import Path

from fittingroom.engine.card import PRESETS, ModelCard
from fittingroom.engine.store import new_model
from fittingroom.errors import ModelError
from fittingroom.labels import CIHP, LIP
from fittingroom.m2fp.framing import M2fpInputRule
from fittingroom.m2fp.hub import LICENCE
from fittingroom.models.m2fp import build
from fittingroom.training.m2fp.export import Agreement, check_agreement, write_card, write_onnx
from fittingroom.training.m2fp.published import load_strictly, read_published

INPUT_RULES = {
    "m2fp-multiple": M2fpInputRule("m2fp-multiple", 640, 1333),
    "m2fp-single": M2fpInputRule("m2fp-single", 384, 512),
}


def import_checkpoint(path: Path, *, name: str | None = None) -> tuple[ModelCard, Agreement]:
    """Store the model of a checkpoint in ModelScope's form; an earlier one of that name is replaced at the very end.

    Args:
        path: the folder, or pytorch_model.pt with configuration.json beside it.
        name: of the stored model; by default m2fp-r101 for several people, m2fp-r101-single for one.

    Returns:
        The model's card, and how closely ONNX Runtime follows PyTorch.

    Raises:
        ModelError: a file is missing, damaged, holds code, or is of another network or other classes; or the exported
            model does not answer alike.
        OutputError: no space, no permission.
    """
    checkpoint = read_published(path)
    is_single = checkpoint.kind == "m2fp-single"
    name = name or checkpoint.preset + ("-single" if is_single else "")
    if name in PRESETS:
        raise ModelError(f"{name!r} is the name of a bundled model; give another")
    net = build(checkpoint.preset, len(checkpoint.classes))
    load_strictly(net, checkpoint.state, str(path))
    with new_model(name) as folder:
        write_onnx(net, folder / "model.onnx")
        agreement = check_agreement(net, folder / "model.onnx")
        card = write_card(
            folder,
            name=name,
            label_set=LIP if is_single else CIHP,
            input_rule=INPUT_RULES[checkpoint.kind],
            licence=LICENCE,
            training_data=("LIP" if is_single else "CIHP",),
            recipe="imported from a published checkpoint",
            measured={
                "class logits, largest difference from PyTorch": round(agreement.logits_max, 7),
                "mask logits, largest difference from PyTorch": round(agreement.masks_max, 7),
                "mask signs flipped": round(agreement.sign_flips, 7),
            },
        )
    return card, agreement
