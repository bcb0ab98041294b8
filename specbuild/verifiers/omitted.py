"""Generated code is whole: no "rest of the code" in place of code."""

from collections.abc import Mapping

from specbuild.languages import language_of_path
from specbuild.omission import omissions
from specbuild.target import Target
from specbuild.trial import Bench
from specbuild.verifier import Verdict


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict:
    """Judge every file."""
    messages = []
    for name, text in sorted(files.items()):
        language = language_of_path(name, target.language) or target.language
        spoken = "pyi" if name.endswith(".pyi") else language.name if language else ""  # a stub file has no bodies
        for one in omissions(text, spoken):
            messages.append(f"{name}:{one.line}: omitted code ({one.kind}): {one.excerpt}")
    return Verdict("omitted", "failed" if messages else "passed", tuple(messages))
