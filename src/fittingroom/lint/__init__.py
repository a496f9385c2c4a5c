"""What is wrong with a folder that a try-on generator is to read, and how to mend it."""

from fittingroom.lint.finding import Finding, Severity
from fittingroom.lint.linter import detect_category, lint_folder

__all__ = ["Finding", "Severity", "detect_category", "lint_folder"]
