"""Who has the package installed and does not use its fixtures pays next to nothing for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.testing.conftest import Run


def test_without_a_fixture_no_server_is_started(run_tests: Callable[..., Run]) -> None:
    run = run_tests(
        """
        import sys

        def test_nothing(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("understudy")
            assert [name for name in sys.modules if name.startswith("mockserver")] == [
                "mockserver", "mockserver.testing", "mockserver.testing.plugin"
            ]
            assert not {"httpx", "connexion", "rich", "yaml"} & sys.modules.keys()
        """,
    )
    assert (run.status, run.left()) == (0, []), run.text


def test_importing_the_plugin_costs_next_to_nothing() -> None:
    words = "import sys, pytest; before = set(sys.modules); import mockserver.testing.plugin; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    ours = {"mockserver", "mockserver.testing", "mockserver.testing.plugin"}
    assert set(done.stdout.split()) - ours <= {"secrets", "hmac", "base64", "_hashlib", "tempfile", "random"}
