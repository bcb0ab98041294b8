"""The files are those that the spec declares, each once, no more and no fewer. Extraction sees to it; this is the
last look.
"""

from collections.abc import Mapping

from specbuild.target import Target
from specbuild.trial import Bench
from specbuild.verifier import Verdict


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict:
    """Judge the names alone."""
    messages = [f"the file {name} is missing" for name in target.names if name not in files]
    messages += [f"the file {name} was not asked for" for name in sorted(files) if name not in target.names]
    return Verdict("names", "failed" if messages else "passed", tuple(messages))
