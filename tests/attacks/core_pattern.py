"""Writes the kernel's core_pattern (what it holds already): who can do that runs programs as root outside."""

import os

CORE_PATTERN = "/proc/sys/kernel/core_pattern"
for path in (CORE_PATTERN, "/proc/self/root" + CORE_PATTERN):
    try:
        with open(path, "rb") as file:
            present = file.read()
        file = os.open(path, os.O_WRONLY)
        os.write(file, present)
        print("SUCCEEDED", path)
    except OSError as error:
        print(path, error)
