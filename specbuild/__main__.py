"""The start of the command `specbuild`. Nothing is imported here before it is needed: a start must stay light."""

import sys


def main() -> int:
    """Run the command line of this process and return its exit code (`exit_codes`)."""
    from specbuild.commands.root import run  # here, so that a lighter answer can come before click is imported

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
