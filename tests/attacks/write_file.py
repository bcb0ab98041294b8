"""Writes where it has nothing to write: a new file, an old one, its metadata, a mode."""

import os
import sys

folder = sys.argv[1]
for name, act in {
    "new": lambda: open(f"{folder}/new", "w").close(),
    "append": lambda: open(f"{folder}/there", "a").write("x"),
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
