"""What an agent's calls run: the program and the checks, in the sandbox, told as texts that the agent reads."""

from collections.abc import Sequence

from specbuild.agent_tools import DONE, ERROR, Call, Files
from specbuild.canonical_output import canonical_output
from specbuild.entry import Entry, Refused, entry_of
from specbuild.sandbox import NotStarted
from specbuild.target import Target
from specbuild.trial import Absent, Bench, Trial
from specbuild.verifier import Verdict

TIMEOUT_S = 10.0


def checks_text(verdicts: Sequence[Verdict]) -> str:
    """Return what checks found, for the agent: of a failure all messages, of the rest a line."""
    messages = [message for one in verdicts if one.outcome in ("failed", "broken") for message in one.messages]
    if messages:
        return "These checks fail:\n" + "\n".join("* " + message.replace("\n", "\n  ") for message in messages)
    unchecked = [message for one in verdicts if one.outcome == "not_checked" for message in one.messages]
    return "\n".join(["All checks pass.", *(f"* {message}" for message in unchecked)])


def program_text(call: Call, files: Files, target: Target, bench: Bench) -> str:
    """Run the program once as a call says, and return how it went."""
    if target.entry not in files:
        return f"{ERROR}there is no {target.entry or 'file'} to run yet"
    entry = entry_of(files, target, bench)
    if isinstance(entry, Refused):
        return ERROR + entry.message
    if not isinstance(entry, Entry):
        return ERROR + (entry.remedy if isinstance(entry, Absent) else entry.reason)
    words = call.arguments.get("args")
    args = tuple(str(one) for one in words) if isinstance(words, Sequence) and not isinstance(words, str) else ()
    trial = Trial(
        (*entry.argv, *args),
        entry.snapshot,
        stdin=call.text("stdin").encode("utf-8"),
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
        timeout_s=TIMEOUT_S,
        mounts=entry.mounts,
        generated=True,
    )
    tried = bench.run(trial)
    if isinstance(tried, NotStarted):
        return ERROR + tried.reason
    ran = tried.ran
    if ran.ended == "exited":
        head = f"{DONE}it ended with exit status {ran.exit_code}"
    else:
        head = f"{ERROR}it was stopped: " + _STOPPED.get(ran.ended, ran.ended)
    parts = [head]
    for name, printed in (("standard output", ran.stdout), ("standard error", ran.stderr)):
        text = canonical_output(printed)
        parts.append(f"{name}:\n{text}".rstrip("\n") if text else f"{name}: nothing")
    return "\n".join(parts)


_STOPPED = {
    "timeout": f"it had not ended after {TIMEOUT_S:g} seconds",
    "output": "it wrote far too much",
    "memory": "it took too much memory",
    "disk": "it filled the disk",
}
