"""M2FP at run time: what comes before its network and after it, in numpy. The network itself is an ONNX file."""

from fittingroom.m2fp.legacy import LegacyOutput
from fittingroom.m2fp.parser import M2fpParser

__all__ = ["LegacyOutput", "M2fpParser"]
