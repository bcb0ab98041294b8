"""The start of the command `specbuild`. Nothing is imported here before it is needed: a start must stay light."""

import sys

from specbuild import __version__, gate


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

    from specbuild.commands.root import run  # click and all else

    code = run(arguments)
    gc.freeze()  # the process ends: what it holds need not be searched once more
    return code


if __name__ == "__main__":
    sys.exit(main())
