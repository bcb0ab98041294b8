"""No attack: what ordinary programs do must go on working inside."""

import asyncio
import json
import multiprocessing
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

if __name__ == "__main__":
    assert sys.stdin.read() == "in"
    pathlib.Path("here.txt").write_text("written\n")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 1000)
    os.chmod("here.txt", 0o600) if "--no-metadata" not in sys.argv else None
    assert subprocess.run(["sh", "-c", "echo child"], capture_output=True, text=True, check=True).stdout == "child\n"
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

    async def nothing() -> int:
        return 7

    assert asyncio.run(nothing()) == 7
    if "--no-loopback" not in sys.argv:  # a program may talk to itself
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        client.sendall(b"hello")
        assert accepted.recv(5) == b"hello"
        with multiprocessing.Pool(2) as pool:
            assert pool.map(abs, [-1, -2]) == [1, 2]
    print(json.dumps({"argv": sys.argv[1:2], "cwd": os.getcwd()}))
    print("innocent")
