"""Writes argv MB in files of 8 MB, or one file of so much, or so many thousand empty files, wherever it can."""

import os
import sys

way, amount = sys.argv[1], int(sys.argv[2])
for place in (
    os.getcwd(),
    os.environ["TMPDIR"],
    os.environ["HOME"],
    "/tmp",
    "/dev/shm",
    "/var/tmp",
    "/",
    "/etc",
    "/dev",
    "/run",
):
    try:
        if way == "one":
            with open(f"{place}/big", "wb") as file:
                for _ in range(amount):
                    file.write(b"x" * (1 << 20))
        elif way == "sparse":
            with open(f"{place}/sparse", "wb") as file:
                file.truncate(amount << 20)
        elif way == "many":
            for at in range(amount // 8):
                with open(f"{place}/{at}", "wb") as file:
                    file.write(b"x" * (8 << 20))
        else:
            for at in range(amount * 1000):
                os.close(os.open(f"{place}/{at}", os.O_CREAT | os.O_WRONLY))
        print("SUCCEEDED", place, flush=True)
    except OSError as error:
        print(place, error, flush=True)
