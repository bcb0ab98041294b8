// Starts aimock, a model server that others wrote, and tells it what a model would answer: one block for each file that the
// prompt declares. Protocol, streaming and the journal are aimock's own. It prints its base URL and ends with its standard input.
//
// node tests/independent_server.mjs FOLDER    FOLDER holds node_modules/@copilotkit/aimock

import { createHash } from "node:crypto";
import path from "node:path";
import { pathToFileURL } from "node:url";

const entry = path.resolve(process.argv[2], "node_modules/@copilotkit/aimock/dist/index.js");
const { LLMock } = await import(pathToFileURL(entry).href);

const failed = new Set();

// `server-error: STATUS CODE` in a prompt: that error, each time; `server-once: STATUS` only the first time it is asked.
function answer(request) {
  const text = String(request.messages.at(-1).content);
  const [, status, kind] = text.match(/server-error: (\d+) (\w+)/) ?? [];
  const [, once] = text.match(/server-once: (\d+)/) ?? [];
  if (status) return { error: { message: `No: ${kind}.`, type: "invalid_request_error", code: kind }, status: Number(status) };
  if (once && !failed.has(text)) {
    failed.add(text);
    return { error: { message: "Later.", type: "server_error" }, status: Number(once), retryAfter: 0 };
  }
  const last = String(request.messages.at(-1).content);
  const prompt = request.messages.map((message) => String(message.content)).join("\n");
  const declared = [...last.matchAll(/^=== specbuild:([0-9a-f]{12}) file: (.+) ===$/gm)];
  const blocks = declared.map(([, marker, name]) =>
    `=== specbuild:${marker} file: ${name} ===\n${code(prompt)}=== specbuild:${marker} end ===\n`);
  return { content: blocks.join("") };
}

// Another prompt: another body behind the same interface. `server-def: NAME` in a prompt adds a function to the interface.
function code(prompt) {
  const mark = createHash("sha256").update(prompt).digest("hex").slice(0, 16);
  const names = new Set(["mark", ...[...prompt.matchAll(/server-def: (\w+)/g)].map((found) => found[1])]);
  const functions = [...names].map((name) => `\n\ndef ${name}() -> str:\n    """Return the mark."""\n    return "${mark}"\n`);
  return `"""A module as another server writes it."""\n${functions.join("")}`;
}

const server = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
const cut = (request) => {
  const text = `cut ${request.messages.at(-1).content}`;
  return text.includes("server-cut") && !failed.has(text) && Boolean(failed.add(text));
};
server.on({ predicate: cut }, answer, { chunkSize: 5, truncateAfterChunks: 3 });
server.on({ predicate: () => true }, answer);
console.log(await server.start());
process.stdin.resume().on("end", () => process.exit(0));
