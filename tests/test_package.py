"""What importing the package costs: a door must not drag the workshop in."""

import json
import subprocess
import sys

import pytest

import fittingroom


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh Python has loaded after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout))


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"torch", "onnx", "onnxruntime", "openvino", "flask", "ray", "matplotlib", "skimage", "scipy"}
    assert not loaded_by("import fittingroom") & heavy


def test_nothing_but_the_workshop_loads_torch() -> None:
    statement = """
import importlib, pathlib, fittingroom
root = pathlib.Path(fittingroom.__file__).parent
for path in root.rglob("*.py"):
    name = ".".join(("fittingroom", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
    if not name.startswith(("fittingroom.models", "fittingroom.training")):
        importlib.import_module(name)
"""
    loaded = loaded_by(statement)
    assert {"fittingroom.evaluation.evaluate", "fittingroom.cli.train", "fittingroom.data.samples"} <= loaded
    assert not loaded & {"torch", "ray", "matplotlib", "openvino"}


@pytest.mark.parametrize("name", ["Parser", "parse", "ParseResult", "Person", "Part"])
def test_the_package_offers_what_it_names(name: str) -> None:
    assert name in fittingroom.__all__
    assert getattr(fittingroom, name).__doc__
