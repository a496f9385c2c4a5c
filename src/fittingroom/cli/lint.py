"""``fittingroom lint``: check the folder that a try-on generator reads."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from fittingroom.bundle.programs import CATEGORIES, PROGRAMS
from fittingroom.lint import Finding, Severity, lint_folder


@click.command(epilog="Exit status: 0 if there is no error, 1 if there is one, 2 if nothing could be checked.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--for", "program", required=True, type=click.Choice(list(PROGRAMS)), help="The program that reads it.")
@click.option("--category", type=click.Choice(CATEGORIES), help="What the garments are [default: found out].")
@click.option("--fix", "with_fix", is_flag=True, help="Mend what is safe to mend, and check again.")
@click.option("--strict", is_flag=True, help="What the bundle's report says cannot be made is an error.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(
    ctx: click.Context, folder: Path, program: str, category: str | None, with_fix: bool, strict: bool, as_json: bool
) -> None:
    """Check FOLDER for what stops a try-on generator, and for what spoils its results without a word."""

    def check() -> list[Finding]:
        return list(lint_folder(folder, program, category=category, is_strict=strict))

    findings = check()
    fixed: list[Finding] = []
    if with_fix:
        # One fix may bring the next fault to light: a palette that was moved hides an id that does not exist.
        for _ in range(5):
            fixable = [finding for finding in findings if finding.fix is not None]
            if not fixable:
                break
            for finding in fixable:
                assert finding.fix is not None
                finding.fix()
            fixed += fixable
            findings = check()
    if as_json:
        document = {
            "folder": str(folder),
            "program": program,
            "findings": [finding.document() for finding in findings],
            "fixed": [finding.document() for finding in fixed],
        }
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        for finding in fixed:
            click.echo(f"fixed: {finding.file}: {finding.rule}: {finding.found}")
        for finding in findings:
            click.echo(f"{finding.severity.value}: {finding.file}: {finding.rule}: {finding.found}; {finding.mend}")
        click.echo(summary(findings))
    ctx.exit(1 if any(finding.severity is Severity.ERROR for finding in findings) else 0)


def summary(findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    if not findings:
        return "Nothing is wrong."
    fixable = sum(finding.fix is not None for finding in findings)
    hint = f"; --fix mends {fixable}" if fixable else ""
    return f"{counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings{hint}"
