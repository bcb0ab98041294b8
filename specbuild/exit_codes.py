"""The exit codes of the `specbuild` command: the one list, from which the documentation is made."""

SUCCESS = 0
FINDING = 1
USAGE = 2
INTERNAL = 3
MISSING_REPLY = 4
LIMIT = 5
INBOX = 6
NO_SANDBOX = 69
INTERRUPTED = 130

EXIT_CODES: dict[int, str] = {
    SUCCESS: "success, or nothing to do",
    FINDING: "a finding (check, plan --exit-code, diff --exit-code, --locked) or a failed target",
    USAGE: "a usage, configuration or spec error, found before any work",
    INTERNAL: "an internal error",
    MISSING_REPLY: "nothing may be asked (--offline, replay) and a reply is missing",
    LIMIT: "stopped by a limit (--max-calls, --max-tokens, --max-cost)",
    INBOX: "waiting for replies in the inbox",
    NO_SANDBOX: "something must run and no sandbox starts",
    INTERRUPTED: "interrupted; everything finished is kept",
}
