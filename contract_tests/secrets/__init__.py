"""Secrets: what no report and no terminal may show, found in whatever spelling it comes."""

from contract_tests.secrets.pipe import Pipe, copy
from contract_tests.secrets.scrubber import Scrubber, configured

__all__ = ["Pipe", "Scrubber", "configured", "copy"]
