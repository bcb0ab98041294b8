"""The start of the command `specbuild`. Nothing is imported here before it is needed: a start must stay light."""

import sys

from specbuild import __version__, gate

_CIRCLES_AFTER = 20_000


def main() -> int:
    """Run the command line of this process and return its exit code (`exit_codes`)."""
    arguments = sys.argv[1:]
    code = gate.answer(arguments, __version__)
    if code is None and gate.may_answer(arguments):
        from specbuild.disk import stat_index  # only where an index is there and something differs from it

        code = stat_index.answer(arguments, __version__)
    if code is None and arguments[:2] == ["check", "--staged"]:
        from specbuild.disk import staged_gate  # the hook of a commit: it has to be quick, and starts git

        code = staged_gate.answer(arguments, __version__)
    if code is not None:
        return code
    import gc

    # Nearly nothing that a run makes lies in circles: looking for them as often as Python does is a tenth of its time.
    gc.set_threshold(_CIRCLES_AFTER, 20, 50)
    from specbuild.commands.root import run  # click and all else

    code = run(arguments)
    gc.freeze()  # the process ends: what it holds need not be searched once more
    return code


if __name__ == "__main__":
    sys.exit(main())
