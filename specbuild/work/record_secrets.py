"""Does a record hold what nobody else may read? Asked before a record is committed or handed to another clone."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from specbuild.agent_tools import calls_of
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.record import Record
from specbuild.redaction import secrets_in
from specbuild.work.shown_secrets import prompt_texts, secret_in


def holds_a_secret(record: Record, secrets: Sequence[str], *, was_committed: bool = False) -> bool:
    """Say whether a text in the record looks like a secret, or holds one of `secrets`: then nobody else may get it. One
    that was committed before shows nothing new: its request is not looked at."""
    return any(secrets_in(text, secrets) for text in _texts_of(record)) or (
        not was_committed and secret_in(_asked_texts(record), secrets) is not None
    )


def refuse_secrets(
    records: Sequence[Record], secrets: Sequence[str], *, is_committed: Callable[[Record], bool] = lambda record: False
) -> None:
    """Raise DiagnosticError SB640 (exit 1) if one of the records may not be committed. The request of one that
    `is_committed` is not looked at."""
    for record in records:
        found = next((one for text in _texts_of(record) for one in secrets_in(text, secrets)), None)
        of = "reply"
        if found is None and not is_committed(record):
            found = secret_in(_asked_texts(record), secrets)
            of = "spec" if record.kind == "output" else "request"
        if found is not None:
            raise DiagnosticError(
                Diagnostic(
                    "SB640", f"the {of} looks like it holds a secret ({found.kind}) and was not exported",
                    Place(f"{record.first_key}.{record.turn}"),
                    why="a committed record is read by everybody who clones the repository",
                    hint="it stays in the local store; if it is none, build again with --allow-secret",
                ),
                exit_code=1,
            )  # fmt: skip


def _texts_of(record: Record) -> Iterator[str]:
    """Yield all texts of a record that a model or a program wrote, what an agent handed to its tools too."""
    yield record.reply.content
    yield from record.reply.reasoning.values()
    yield from (record.files or {}).values()
    for call in calls_of(record.reply):
        yield from (one for one in call.arguments.values() if isinstance(one, str))
    for message in record.append:
        content = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(content, str):
            yield content


def _asked_texts(record: Record) -> Iterator[str]:
    """Yield the texts of the request that the record keeps, and of its spec; a layout's is what a model wrote."""
    return prompt_texts(record.body or {}, record.spec or {}) if record.kind != "format" else iter(())
