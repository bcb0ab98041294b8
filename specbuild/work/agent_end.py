"""Where an agent's conversation came to, from its records alone: the files that it finished with. Nothing is run."""

from collections.abc import Sequence

from specbuild.agent_tools import Files
from specbuild.output_patterns import Ground, patterns_of, refusal
from specbuild.record import Record
from specbuild.target import Target
from specbuild.trajectory import WAY, trajectory_of
from specbuild.verifier import Verdict
from specbuild.work.judge import Judged


def finished_with(records: Sequence[Record], target: Target) -> Judged | None:
    """Return the files that the agent finished with in the last of `records`, judged by their names alone.

    None if it did not finish there, or if the records can't be followed.
    """
    followed = trajectory_of(records)
    ending = None if isinstance(followed, str) else followed.ending()
    if isinstance(followed, str) or ending is None or ending.name != "finish":
        return None
    faults = names_faults(followed.files, target)
    verdict = Verdict("reply", "failed" if faults else "passed", faults)
    return Judged(records[-1], {} if faults else followed.files, WAY, ending.text("reason") or None, (verdict,))


def is_under_way(records: Sequence[Record], *, steps: int) -> bool:
    """Tell whether the agent of these `records`, of at most so many `steps`, has to be asked again to come to an
    end."""
    followed = trajectory_of(records)
    return not isinstance(followed, str) and followed.ending() is None and len(records) < steps


def names_faults(files: Files, target: Target) -> tuple[str, ...]:
    """Return what is wrong with the names of an agent's files: whatever its tools allowed, each is looked at again."""
    declared = patterns_of(target) or target.names
    ground = Ground(target.directory, declared)
    faults = [f"{name}: {why}" for name in files if (why := refusal(name, ground, files)) is not None]
    faults += [f"the file {name} is missing" for name in declared if "*" not in name and name not in files]
    return tuple(faults or ([] if files else ["there is no file yet"]))
