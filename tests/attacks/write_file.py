"""Writes where it has nothing to write: a new file, an old one, its metadata, a mode."""

import os
import sys

folder = sys.argv[1]
for name, act in {
    "new": lambda: open(f"{folder}/new", "w").close(),
    "append": lambda: os.close(os.open(f"{folder}/there", os.O_WRONLY | os.O_APPEND)),
    "remove": lambda: os.remove(f"{folder}/there"),
    "mode": lambda: os.chmod(f"{folder}/there", 0o777),
    "time": lambda: os.utime(f"{folder}/there", (1, 1)),
    "folder": lambda: os.mkdir(f"{folder}/made"),
    "link": lambda: os.link(f"{folder}/there", f"{folder}/linked"),
    "truncate": lambda: os.truncate(f"{folder}/there", 0),
}.items():
    try:
        act()
        print("SUCCEEDED", name)
    except OSError as error:
        print(name, error)
