"""Generated code is whole: no "rest of the code" in place of code."""

from collections.abc import Mapping

from specbuild.languages import language_of_path
from specbuild.omission import omissions
from specbuild.target import Target
from specbuild.verifier import Verdict


def verify(files: Mapping[str, str], target: Target) -> Verdict:
    """Judge every file."""
    messages = []
    for name, text in sorted(files.items()):
        language = language_of_path(name, target.language) or target.language
        for one in omissions(text, language.name if language else ""):
            messages.append(f"{name}:{one.line}: omitted code ({one.kind}): {one.excerpt}")
    return Verdict("omitted", "failed" if messages else "passed", tuple(messages))
