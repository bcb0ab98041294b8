"""Run a compiler against a service of recorded answers: `python endpoint.py ANSWERS COMPILER.py FILE`.

ANSWERS is a folder. Its file HASH.json holds {"request": BODY, "answer": TEXT}, where HASH is the SHA-256 of the whole
body of a request: sorted keys, no blanks, UTF-8. A request whose hash has no file is answered with 404. A sandbox has
no network but its own, so the service runs beside the compiler. The exit status is the compiler's.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def reply(answers: Path, path: str, raw: bytes) -> tuple[int, object]:
    """Return the status and the body for what was asked."""
    text = json.dumps(json.loads(raw), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    known = answers / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    if path != "/v1/chat/completions" or not known.is_file():
        return 404, {"error": {"message": f"no answer is recorded for {known.stem}"}}
    message = {"role": "assistant", "content": json.loads(known.read_text(encoding="utf-8"))["answer"]}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return 200, {"id": known.stem, "object": "chat.completion", "created": 0, "model": "recorded", "choices": [choice]}


def main(answers: str, compiler: str, file: str) -> int:
    """Return the exit status of the compiler, run on `file`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, value = reply(Path(answers), self.path, self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write no log: the streams are the compiler's."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as service:
        threading.Thread(target=service.serve_forever, args=(0.02,), daemon=True).start()
        settings = {
            "OPENAI_API_KEY": "none-is-needed",
            "OPENAI_API_URL": f"http://127.0.0.1:{service.server_port}/v1",
            "OPENAI_API_MODEL": "recorded/assistant",
        }
        ran = subprocess.run([sys.executable, compiler, file], check=False, env={**os.environ, **settings})
        service.shutdown()
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
