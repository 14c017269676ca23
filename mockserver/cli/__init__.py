"""The commands of ``understudy``, a room for each noun; what only one of them needs is imported when it runs."""

from __future__ import annotations

import sys

import click

from mockserver.cli import (
    clock,
    contract_tests,
    coverage,
    credentials,
    faults,
    fuzz,
    gate,
    journal,
    running,
    sandboxes,
    serve,
    specs,
    webhooks,
    worlds,
)
from mockserver.cli.mistakes import UNUSABLE, complain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="understudy")
def main() -> None:
    """A contract-first mock and contract-test harness for five messaging APIs."""


for command in (
    serve.serve,
    credentials.credentials,
    specs.specs,
    contract_tests.test,
    gate.gate,
    fuzz.fuzz,
    running.run,
    sandboxes.reset,
    sandboxes.sandbox,
    clock.clock,
    worlds.world,
    faults.faults,
    journal.journal,
    coverage.coverage,
    webhooks.webhooks,
):
    main.add_command(command)


def run() -> None:
    """The command as a process: a mistake in its use is one line on standard error and status 2."""
    try:
        sys.exit(main(standalone_mode=False))
    except click.ClickException as error:
        words = error.format_message()
        if words.startswith("Usage: "):
            # The help, for who said too little to do anything.
            click.echo(words, err=True)
        else:
            complain(" ".join(words.split()))
        sys.exit(UNUSABLE)
    except click.Abort:
        sys.exit(130)
