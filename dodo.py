"""This project's targets as doit tasks: `doit`, `doit list` and `doit info` work as with any other dodo.py."""

from specbuild.api import DOIT_CONFIG, task_specbuild

__all__ = ["DOIT_CONFIG", "task_specbuild"]
