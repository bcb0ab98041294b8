"""Remarks with one line each, for editors and for `grep`: `file:line:column: severity CODE: message`."""

from collections.abc import Iterable

from specbuild.formats.annotation import Annotation


def concise_text(annotations: Iterable[Annotation]) -> str:
    """Return one line for each remark; why and hint are left out, line feeds in a message become spaces."""
    return "".join(concise_line(one) + "\n" for one in annotations)


def concise_line(annotation: Annotation) -> str:
    """Return a remark as one line, without its end."""
    where = f"{annotation.place}: " if annotation.place else ""
    return " ".join(f"{where}{annotation.severity} {annotation.title}: {annotation.message}".split())
