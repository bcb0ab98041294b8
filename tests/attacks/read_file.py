"""Reads a file of the person's, by its path and by a link to it."""

import os
import sys

path, canary = sys.argv[1:3]
for way in (path, "/proc/1/root" + path, "/proc/self/root" + path, "link"):
    try:
        if way == "link":
            os.symlink(path, "link")
        with open(way, encoding="utf-8") as file:
            if canary in file.read():
                print("SUCCEEDED")
                break
    except OSError as error:
        print(way, error)
