"""The stable codes of diagnostics: one row each, from which `specbuild explain` and the documentation are made.

A code once released keeps its meaning for ever. Ranges: 1xx reading TOML, 2xx spec fields, 3xx the graph,
4xx configuration, 5xx templates and requests, 6xx providers, services and replies, 7xx lock, records and local state,
8xx names, outputs and the disk, 9xx everything else.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """A code's `title` (a few words) and `explanation` (one paragraph: what it means, why it is so, what to do)."""

    title: str
    explanation: str


CODES: dict[str, Code] = {
    # 1xx reading TOML
    "SB101": Code(
        "not UTF-8",
        "Every text that specbuild reads is UTF-8, with or without a byte order mark. Another encoding would "
        "be read differently on another system. Save the file as UTF-8.",
    ),
    "SB102": Code(
        "a control character in a TOML file",
        "TOML allows no control characters but TAB and line ends (LF or CRLF), not even in comments; a "
        "terminal could obey them. Inside double quotes such a character is written as an escape, \\u and four "
        "hex digits.",
    ),
    "SB103": Code(
        "the file is too large",
        "A file of settings or requirements stays far below 256 KiB. The bound keeps a hostile file from "
        "taking time and memory. Long texts belong into files of their own, named in `context` of [build].",
    ),
    "SB104": Code(
        "nested too deeply",
        "A value stands at most 32 levels deep, dotted names, tables and arrays counted together. Parsers "
        "take time that grows with the square of the depth, so the bound is kept before one runs.",
    ),
    "SB105": Code(
        "too many entries",
        "One file has at most 5,000 names and values. The bound keeps a hostile file from taking time and "
        "memory. Split the file.",
    ),
    "SB106": Code(
        "not valid TOML",
        "The parser stopped at this place (TOML 1.0 and 1.1 are read). The rest of the file was not looked "
        "at: mend this first, then run again.",
    ),
    "SB107": Code(
        "a string without an end",
        "A string ends with the quotes it began with: single or double ones on the same line, three of them "
        "on any later line. The place is where the string begins.",
    ),
    "SB108": Code(
        "written twice",
        "TOML allows each key and each table once. The message names both places. Remove one; of tables, move "
        "the keys of one into the other.",
    ),
    "SB109": Code(
        "a number that is too long",
        "A number, a date or a boolean has at most 400 characters: converting longer numbers takes time that "
        "grows with the square of their length.",
    ),
    "SB110": Code(
        "marks of an unfinished merge",
        "git writes such marks where both sides of a merge changed the same lines. A text that holds them is only a "
        "warning, as it may speak of them; else nothing is built. Choose or join the sides in specs and templates, "
        "then `specbuild lock --resolve` settles specbuild.lock.",
    ),
    # 2xx spec fields
    "SB201": Code(
        "something required is missing",
        "A spec has [file] with `name`, `language` and `description`, and [project] with `requirements`; "
        "without them nobody knows what to build. Add what the hint shows.",
    ),
    "SB202": Code(
        "an unknown table",
        "A spec has the tables [file], [project], [build], [interface], [[example]] and [verify]. Anything "
        "else is refused, because a slip in a name would otherwise be without effect in silence.",
    ),
    "SB203": Code(
        "an unknown key",
        "The table has no such key, or the key stands in the wrong table. It is refused, because a slip in a "
        "name would otherwise be without effect in silence. The hint names the nearest key, or the table it "
        "belongs to.",
    ),
    "SB204": Code(
        "a value of the wrong type",
        "The field takes a value of another type: the message says which, and what was found. Nothing is "
        "converted: 3 in quotes is a string, and no number.",
    ),
    "SB205": Code(
        "an empty value",
        "A required text, a name or a list that must name something is empty. Fill it in; an optional line "
        "can be left out.",
    ),
    "SB206": Code(
        "a value out of its range",
        "The field takes one of a few words, or a number within bounds; the message names them.",
    ),
    "SB207": Code(
        "an unknown language",
        "Any language may be used, but only those of the table have a known extension. For another write "
        "`extension` under [file], or name the files by `outputs` under [build].",
    ),
    "SB208": Code(
        "a name given twice",
        "The list names the same thing twice; once is meant. Remove one.",
    ),
    "SB209": Code(
        "characters that can't stand in a name",
        "Names have no control, bidirectional or invisible characters, a file of an example stays in its "
        "folder, and what is handed to a process has no NUL. A terminal could obey such characters, and two "
        "names could look the same.",
    ),
    "SB210": Code(
        "a parameter that is not the spec's",
        "[build.parameters] is sent as it is, next to what specbuild itself writes into the request. It can't "
        "replace the model, the messages, the tools or the way a service is reached.",
    ),
    "SB211": Code(
        "a value that a request can't hold",
        "Requests are JSON and are hashed: dates, times, nan, infinities and whole numbers beyond 64 bits "
        "have no one form there. Write a string or a finite number.",
    ),
    "SB212": Code(
        "without effect yet",
        "The field is accepted and kept, so that a spec can be written today; what it asks for comes with a "
        "later release. Nothing is wrong.",
    ),
    "SB213": Code(
        "more faults than are told",
        "Only the first hundred faults of a file are told; so many come from one cause, or from a file that is no "
        "spec. Mend these first, then run again.",
    ),
    # 3xx the graph
    "SB301": Code(
        "specs need each other in a circle",
        "A need's interface is shown in the prompt of the spec that needs it, so needs must come first and can't "
        "go round. The message prints the circle, and every place that takes part is named. Take one need away, "
        "or move what both sides share into a spec of its own.",
    ),
    "SB302": Code(
        "a need that is not there",
        "Each entry of build.needs is a spec's id (its path below the spec folder, without .toml) or the path of "
        "a project file; a spec wins over a file of the same name. Ids are always written whole, never relative "
        "to the spec.",
    ),
    "SB303": Code(
        "two specs build one file",
        "An output belongs to exactly one spec, else the last build would win. The hint prints two lines, either "
        "of which settles it when put under [build] in the second spec.",
    ),
    "SB304": Code(
        "outputs that differ only in case or Unicode form",
        "macOS and Windows take such names for the same file, so one output would replace the other there. The "
        "check is the same on every system. Give one of the two another name.",
    ),
    "SB307": Code(
        "an output in a folder of specbuild's own",
        "Outputs stand neither in the cache folder, which holds replies and local state, nor as .toml files among "
        "the specs, where a reply could ask for further outputs. Choose another directory.",
    ),
    "SB308": Code(
        "a path that may lead out of the project",
        'Paths in specs and configuration are relative to the project\'s root, with "/" between folders; absolute '
        'paths, "..", drives, backslashes and control characters are refused, since a spec may come from a '
        "stranger.",
    ),
    "SB309": Code(
        "a file that is never shown to a model",
        "Files of git and files whose names say that they keep keys, logins or passwords are not put into a "
        "prompt. Put what the model should know into a file of another name.",
    ),
    "SB310": Code(
        "an entry that is no output",
        "build.entry names the file that examples run: one of the spec's own outputs, written as in build.outputs.",
    ),
    "SB311": Code(
        "a file that is both source and output",
        "Specs, templates, context files, needed files and verify files are sources: no build may write them. If "
        "one spec reads what another builds, write that spec's id in needs.",
    ),
    "SB312": Code(
        "an output that would be a folder too",
        "One output's path is the folder of another file, and one path can't be both. Rename one of the two.",
    ),
    "SB313": Code(
        "no service's label",
        "`[build] service` is the label of a service, such as `default`: letters, digits, `-`, `_` and `.`. Its "
        "address and its key stand in a person's own configuration, never in a spec.",
    ),
    "SB314": Code(
        "a pattern without an agent",
        "`[build] outputs` may hold patterns such as `tests/*.py` only where `mode` is `agent`: an agent decides which "
        "files there are. In single mode the request names each file, and the reply must bring exactly those.",
    ),
    "SB320": Code(
        "a selection that names nothing",
        "A selection is a spec's id, the path of a spec or output, a folder, a glob, or method:value as "
        "tag:tools; +x adds what x needs, x+ what needs x, a comma keeps what all parts name. Naming nothing is "
        "an error, so that a slip neither builds nor skips anything.",
    ),
    "SB321": Code(
        "an unknown way to select",
        "Before the colon of method:value stands one of the methods that the message lists.",
    ),
    "SB322": Code(
        "a commit that git does not know",
        "since:REF names the specs of which a source or an output differs from that commit, in the working tree as it "
        "is. It needs git, a repository, and a REF that git can resolve: a branch, a tag, HEAD~3.",
    ),
    # 4xx configuration
    "SB401": Code(
        "an unknown setting",
        "The configuration has a key that this release does not know. A slip would silently be without effect, so "
        "it is an error.",
    ),
    "SB402": Code(
        "a setting of the wrong type",
        "The message says what the setting takes: a text, a number, true or false, a list or a table.",
    ),
    "SB403": Code(
        "a folder that is not in the project",
        "The folders of specs, outputs and cache, and a template, are inside the project, written from its root, "
        "and not among the files of git or of keys.",
    ),
    "SB404": Code(
        "a setting that a repository may not decide",
        "Where a service is, which key it takes, what runs and how well it is shut in are decided by the person "
        "who builds, in their own configuration or on the command line: a clone must be able neither to redirect "
        "a key nor to run code.",
    ),
    "SB405": Code(
        "folders in one another",
        "Specs, outputs and cache have a folder each; the cache is not in one of the others, nor the other way round.",
    ),
    "SB406": Code(
        "an unknown edition",
        "The edition freezes all texts of specbuild that reach a model or an output. This release does not have "
        "the one that the project asks for; a newer one may.",
    ),
    "SB407": Code(
        "a URL that no service may have",
        "A base URL begins with https://, or with http:// for this machine only (allow_http = true in your own "
        "configuration allows more), and has neither a login nor a query. The URL is not repeated, since it may "
        "hold a password.",
    ),
    "SB408": Code(
        "a service that lacks something",
        "A service of kind openai needs base_url, one of kind command needs argv; a key alone does not say where "
        "it goes.",
    ),
    "SB409": Code(
        "a key in a file",
        "Keys come from environment variables only; key_env names the variable. What was written is not shown.",
    ),
    # 5xx templates and requests
    "SB501": Code(
        "no such template",
        "A spec, the configuration or another template names a prompt template that is not there. A template is "
        "found by its path from the project's root, and an include must be written out as a literal name, because "
        "the files that a template consists of are part of what decides a target. Correct the name or add the "
        "file.",
    ),
    "SB502": Code(
        "template syntax",
        "A prompt template is not valid Jinja. The place is that of the template's line. Texts of specs are never "
        "read as templates, so braces in a spec can't cause this.",
    ),
    "SB503": Code(
        "unknown name in a template",
        "A prompt template uses a name or an attribute that a prompt does not have. It is an error, not an empty "
        "text, because a silently shortened prompt would be paid for. The message lists the names there are; an "
        "optional one is None, so test it first: {% if hints %}.",
    ),
    "SB504": Code(
        "template out of bounds",
        "A prompt template reaches for something that templates may not touch, such as an attribute that begins "
        "with an underscore or a change of a value. Templates are rendered in a sandbox because they come with "
        "the repository.",
    ),
    "SB505": Code(
        "template failed",
        "A prompt template stopped with an error while it was rendered; the place is that of the template's line. "
        "An expression that gives None, a list or a function is such an error: write out the texts that the "
        "prompt is to hold.",
    ),
    "SB506": Code(
        "empty prompt",
        "A prompt template gives nothing but white space, so the model would not know what to write. Let the "
        "template show at least {{ requirements }}.",
    ),
    "SB507": Code(
        "parameter that specbuild sets",
        "A parameter under [build.parameters] or in the configuration is a part of the request that specbuild "
        "writes itself (the model, the messages, the tools), or names the output limit a second time under "
        "another name. Remove it; the model is named by `model`.",
    ),
    "SB508": Code(
        "interface not readable",
        "A need is a Python file that this interpreter can't read, so its interface can't be cut out and no prompt "
        "can show it. Mend it, use the Python it was written for, or declare its interface under [interface].",
    ),
    "SB509": Code(
        "text of a need missing",
        "A prompt shows what a need offers, and neither its record nor its unedited outputs are there to take it "
        "from. Build the need first.",
    ),
    "SB510": Code(
        "no model named",
        "There is no default model, because which one answers decides what is built and what it costs. Name one: "
        "in the spec, in the project's configuration, on the command line (`--model`), or by OPENAI_API_MODEL. A "
        "target that was built keeps the model that built it.",
    ),
    "SB511": Code(
        "an entry of an edition that is not in this release",
        "A target's entry in the lock names the edition of templates, rules and wordings under which it was built. "
        "This release of specbuild does not have that edition, so it can't make the request that is due; what was "
        "built stays usable. Install the release that built it, or a newer one: an edition is never taken out of one.",
    ),
    # 6xx providers, services and replies
    "SB601": Code(
        "service takes no more calls",
        "The service answered 429 (too many requests) until the attempts or the time were used up. The build "
        "waits as long as the service asks (Retry-After), sends fewer calls at once after each refusal, and gives "
        "up when the wait is longer than one reply may take (`timeout_s` of the service). What is done is kept: "
        "run the build again later, or with a smaller `-j`.",
    ),
    "SB602": Code(
        "service gave no complete answer",
        "The service could not be reached, answered with a status from 500 on, fell silent (`idle_s`), took "
        "longer than `timeout_s`, or its reply broke off. A reply without its end is never used. Several attempts "
        "were made; run the build again, and `specbuild doctor` to see whether the service can be reached.",
    ),
    "SB603": Code(
        "answer is no chat completion",
        "The service answered with status 200, but the body is not what a chat completions endpoint sends: cut- "
        "off JSON, a page of HTML, no choices, no finish_reason. Often the address is wrong by a part of its "
        "path: it ends where `/chat/completions` begins, mostly in `/v1`.",
    ),
    "SB604": Code(
        "key refused",
        "The service answered 401 or 403, or the key can't be sent at all. It is not asked again with the same "
        "key. Keys stand in environment variables only; the service's `key_env` in your own configuration names "
        "the one that is read.",
    ),
    "SB605": Code(
        "account used up",
        "The service says that the account has no quota or money left (insufficient_quota, or status 402). "
        "Waiting doesn't help, so nothing was repeated.",
    ),
    "SB606": Code(
        "parameter refused",
        "The service refuses a parameter of the request by name. Only parameters that somebody named are ever "
        "sent; the place shown is the line that set it. Change or remove it, or choose a model that knows it. "
        "Changing it changes the request, so its targets are asked again.",
    ),
    "SB607": Code(
        "request too long",
        "The request does not fit into the model's context. Show less: fewer or smaller `needs` and `context` "
        "files, a declared `[interface]` for large needs, or choose a model with a longer context.",
    ),
    "SB608": Code(
        "request refused",
        "The service refused the request for a reason of its own, shown with it. It is not repeated as it is. A "
        "redirect is such a refusal too: a key goes to no other address than the configured one.",
    ),
    "SB609": Code(
        "waiting for the inbox",
        "The service is of kind `inbox`: a person or any assistant writes the reply. The request lies in "
        "`REQUEST.md` of the folder shown; the reply goes into a file `REPLY` beside it, exactly as it is to be "
        "taken. The next build goes on with it; until then exit code 6 says that something waits.",
    ),
    "SB610": Code(
        "interrupted before sending",
        "The run was interrupted before this request was sent, so it cost nothing. Calls that were on their way "
        "were waited for, and what they brought is kept.",
    ),
    "SB650": Code(
        "reply cut off",
        "The reply ends before its end: the service stopped it at the limit of output tokens, a file block has no end "
        "line, or a fence or a <think> block stays open. Nothing of it is written. Raise `max_tokens` in "
        "[build.parameters] if the limit was the cause, or make the target smaller.",
    ),
    "SB651": Code(
        "reply empty",
        "The reply, or every file in it, has no text. Nothing is written.",
    ),
    "SB652": Code(
        "reply refused",
        "The model declined to answer, or the service's content filter withheld the reply. Nothing is written. Say in "
        "the spec what the program is for, or use another model.",
    ),
    "SB653": Code(
        "wrong names in the reply",
        "The reply lacks a declared output or holds a file that no one declared. A target is all or nothing, and only "
        "declared names are ever taken, so nothing is written. `build.outputs` says which names are asked for.",
    ),
    "SB654": Code(
        "a file twice in the reply",
        "The reply holds the same file more than once, and which one is meant can't be told. Nothing is written.",
    ),
    "SB655": Code(
        "no file in the reply",
        "The reply has no file block with this request's marker, and no fenced block that could stand for a single "
        "output. Nothing is written. `specbuild prompt` shows what the model was asked for.",
    ),
    "SB656": Code(
        "several fenced blocks in the reply",
        "The reply has no file blocks. One ordinary fence would be taken as the single output, but there are several, "
        "and which one is the file can't be told. Nothing is written.",
    ),
    "SB657": Code(
        "block line malformed",
        "A line of the reply carries the request's marker but is no block line, or it ends a block that was never "
        "begun. Text could be lost, so nothing is written.",
    ),
    "SB658": Code(
        "code left out",
        'The reply has comments such as "rest of the code unchanged", or functions whose body is only `...`, where '
        "code should stand. It counts as a failed attempt, and nothing is written. Overloads, abstract methods and "
        "protocols may have `...` as their body.",
    ),
    "SB611": Code(
        "service not configured",
        "A repository only names its services. Where one is and what key it takes stands in your own configuration or "
        "environment, and there is nothing for this label. The message names the ways; `--offline` does all that needs "
        "no call and lists what is missing.",
    ),
    "SB613": Code(
        "local service not running",
        "The service's address is a port of this machine, and nothing listens there. The build tries for a few "
        "seconds, in case it is just being started, then gives up for all targets that need it: nothing was asked, "
        "so nothing was spent. Start the server, or correct the address.",
    ),
    "SB614": Code(
        "no connection can be set up",
        "Before anything is sent, a connection needs the certificate authorities that this machine trusts: the "
        "system's, or those that SSL_CERT_FILE and SSL_CERT_DIR name. They could not be loaded, for the reason "
        "shown. Repeating changes nothing, so nothing was repeated.",
    ),
    "SB630": Code(
        "a limit was reached",
        "`--max-calls`, `--max-tokens` or `--max-cost`, or a limit of the project's configuration, stands in the "
        "way of the next call. What is done is kept, and exit code 5 says so. Build again with a higher limit; "
        "nothing is paid twice.",
    ),
    "SB631": Code(
        "a reply is missing offline",
        "`--offline` asks nothing, and neither the committed records nor the local store hold the reply to this "
        "request. Exit code 4 says so. Build without `--offline`, or bring the record back.",
    ),
    "SB632": Code(
        "all attempts failed",
        "Every attempt gave a reply that could not be used or did not pass its checks. The earlier outputs stay. "
        "It is noted in the lock, so that nobody pays for the same again: nothing is asked until the spec, a need"
        " or a check changes, or `specbuild regenerate --failed` goes on.",
    ),
    "SB633": Code(
        "an incomplete reply",
        "The service ended the reply before its end, withheld it, or it was empty. It is kept as evidence in the "
        "local store and never served, so the next build asks again. If the limit of output tokens was the cause,"
        " raise it under [build.parameters], or make the target smaller.",
    ),
    "SB634": Code(
        "the outputs of a need can't be had",
        "Examples and the verify command run on a snapshot with the outputs of all needs, as the lock names them. A "
        "file that lies there is edited or gone, and the reply that it was made from is not at hand. Build the need "
        "first.",
    ),
    "SB635": Code(
        "a check is broken",
        "The check itself does not work: its command is not there, finds no tests or is not understood, a package "
        "that the tests need is missing, or a program with no bodies passes it, so that it proves nothing. That is no "
        "fault of the code, so no model was asked to mend it. Mend the check; the reply is kept and judged again, for "
        "nothing.",
    ),
    "SB636": Code(
        "a program can't be run",
        "`specbuild run` starts the entry of one built target in the sandbox. It is not built, its language has no "
        "interpreter or compiler here, or more than one target was named. The message says which.",
    ),
    "SB637": Code(
        "prompt cut by the service",
        "The service counted less than half of the tokens that the prompt must have. Servers with a small context cut "
        "a longer prompt without a word and answer what is left, so the reply answers something else. It is kept as "
        "evidence in the local store and never served. Give the server a larger context, or show less: fewer or "
        "smaller `needs` and `context` files, a declared `[interface]` for large needs.",
    ),
    "SB640": Code(
        "a reply that may hold a secret",
        "The reply, or the request that it answers, looks like it holds a key, a token or a password. It would become "
        "a committed record that everybody who clones the repository reads, so nothing is written; it stays in the "
        "local store. If it is no secret, build again with `--allow-secret`.",
    ),
    "SB641": Code(
        "a prompt that may hold a secret",
        "The spec, a file that it shows, or what a check said looks like it holds a key, a token or a password, or one "
        "of your own keys. A prompt leaves this machine, and becomes part of a committed record, so nobody is asked, "
        "and nothing is stored. Take it out; if it is no secret, build again with `--allow-secret`. A reply that is "
        "known already is served all the same.",
    ),
    "SB680": Code(
        "not reviewed",
        "The spec asks for a review (`[verify] review = true`), and the model that was asked gave no answer of the "
        "fixed form, again and again. An answer that can't be read is never taken for a pass, so nothing was written. "
        "The code may be right: `specbuild regenerate` asks for another text, which is reviewed anew; a larger model "
        "keeps to the form.",
    ),
    "SB682": Code(
        "nothing to review",
        "`specbuild review` reads the outputs of a target as they lie there, and one of them is not. Build it first.",
    ),
    "SB681": Code(
        "a review is not proved",
        "`specbuild reproduce` looks up the review of every text that was built under `[verify] review = true`: its "
        "request is made again from spec and text, and its answer has to be there, of the form, and without an error. "
        "Bring the record back from the history; or build again with `specbuild regenerate`.",
    ),
    "SB670": Code(
        "a formatter that can't be run here",
        "`format` of [build] names a program that lays the outputs out. It runs in the sandbox: a program of the "
        "system, a single binary on PATH or beside specbuild's own Python, or `python` with a module that is installed "
        "there. It runs once for a text; what it made is committed, so that only who builds something new needs it.",
    ),
    "SB671": Code(
        "a formatter without a result",
        "A formatter reads a text on its standard input and prints the whole of it, laid out, on its standard output, "
        "and ends with 0. It sees no file of the project: options stand in `format`. Nothing was written, and the "
        "reply is kept: a build with the `format` mended costs no call.",
    ),
    "SB672": Code(
        "a formatter that changes its own result",
        "What a formatter made gets the header line and is given to it once more. If it changes then, a hook that runs "
        "the same formatter would change the output at every commit, and every build would change it back. Some "
        "formatters move or wrap the header line: `header = false` leaves it out.",
    ),
    "SB673": Code(
        "a layout that is lost",
        "What a formatter made is a record below `cache/replies/`, and a replay takes it from there. The record is "
        "gone, and the formatter of this machine gives other bytes than those that the lock names. Bring the record "
        "back: `specbuild cache heal` looks in the local store and in git's history.",
    ),
    # 7xx lock, records and local state
    "SB660": Code(
        "the agent's steps are used up",
        "Each reply of the model is a step, and `steps` under [build] says how many an agent may take (40). Nothing of "
        "an unfinished agent becomes an output, and it is noted as failed. With more `steps` the next build goes on "
        "from where it was; nothing is paid for twice.",
    ),
    "SB661": Code(
        "the agent gave up",
        "The model called `give_up` and said why. Nothing of its files becomes an output; what it left can be "
        "read under `.failed` in the output folder. Make the spec clearer, or let another attempt begin.",
    ),
    "SB662": Code(
        "the agent comes no further",
        "Three replies in a row called no tool, or four in a row made the same calls with the same results: more of "
        "them would only cost. A model that can't call functions can't be an agent.",
    ),
    "SB663": Code(
        "an agent's records can't be followed",
        "The files of an agent are made again from its recorded calls and their results. These records say what can't "
        "have been, such as a change of a line that is not there, so nothing of them is used.",
    ),
    "SB664": Code(
        "stopped by the person who watches",
        "Under --step each action is shown before it is done, and the answer was to stop; or Ctrl-C stopped the run. "
        "Nothing is written; the replies so far are kept, and the next build goes on from there.",
    ),
    "SB665": Code(
        "the agent's conversation is too long",
        "Every step makes the conversation longer, and it no longer fits into the model's context. Nothing is written. "
        "Build with a model, or a server, that has a larger context, or make the program smaller.",
    ),
    "SB666": Code(
        "no steps of an agent",
        "A transcript shows the steps that an agent took to build a target: those of the locked outputs, else those of "
        "the last attempt. This target has none: it is not built by an agent, it was never built, it was accepted by "
        "hand, or the records of its steps are not at hand.",
    ),
    "SB701": Code(
        "lock unreadable",
        "specbuild.lock is not the JSON that specbuild writes: it was cut off, edited, or is another file. "
        "Nothing is built until it can be read, because without it nobody can say which outputs are a person's "
        "edits. Bring back a good one from the history; without any, delete it and build: known replies are used "
        "again without a call.",
    ),
    "SB702": Code(
        "lock in a merge conflict",
        "specbuild.lock holds git's conflict marks. Settle specs and templates first, then `specbuild lock --resolve`: "
        "it takes each entry from the side that answers the merged sources, without a call. Or take one side whole "
        "(`git checkout --ours specbuild.lock`) and build: what the other built is found again by its committed "
        "replies.",
    ),
    "SB703": Code(
        "lock of another version",
        "specbuild.lock has a lock_version that this specbuild does not know. Reading it in part could undo what "
        "a newer one did, so install that one.",
    ),
    "SB704": Code(
        "lock entry malformed",
        "One target's entry in specbuild.lock lacks a key, has one too many, or holds a value of the wrong type. "
        "The other entries stand, and this one is kept as it is. Bring the lock back from the history, then build.",
    ),
    "SB705": Code(
        "lock entry mixed",
        "One target's entry in specbuild.lock is not one that any build wrote: the hash in `trace` does not come "
        "out of the rest. A merge that took lines from both sides does this, or an edit by hand. After a merge "
        "`specbuild lock --resolve` settles it; else bring the lock back from the history, then build.",
    ),
    "SB706": Code(
        "record damaged",
        "A file under cache/replies/ is not byte for byte what was written: a key, a digest, the checksum, the "
        "layout or the file's own name does not come out of its content. It is refused, because a changed record "
        "could pass off another text as the model's reply. Bring it back from the history. If all records fail, "
        "line ends were converted: .gitattributes must say `-text` for them (`specbuild init` writes it).",
    ),
    "SB707": Code(
        "record of another version",
        "A file under cache/replies/ was written by a newer specbuild. Install that one, or a newer one.",
    ),
    "SB708": Code(
        "turn without its parent",
        "The record of a later turn of a conversation has a key that does not come out of the record it names as "
        "its parent, so the two do not belong together. Bring both back from the history.",
    ),
    "SB710": Code(
        "local state that was copied",
        "`cache/local/` notes the inode of its own folder. It differs, so the folder came from another place, by "
        "a copy or an archive, and nothing in it is believed: not its replies, not its journal. The next build "
        "puts a new one in its place and keeps the old one inside as `aside`. Committed records are all that a "
        "build needs.",
    ),
    "SB711": Code(
        "local state that git tracks",
        "`cache/local/` is this clone's own working state. Where git tracks it, it came from somebody else and is "
        "ignored, and nothing is written there. Take it out of the repository: `git rm -r -q --cached "
        "cache/local`, a line in `.gitignore`, and remove the folder.",
    ),
    "SB712": Code(
        "local state in a strange place",
        "`cache/local` is a symbolic link, no folder, or belongs to another user. It is ignored, and nothing is "
        "written there. Remove it.",
    ),
    "SB713": Code(
        "the local store can't be read",
        "The SQLite file of the working store could not be opened or read. Its replies count as not known; "
        "committed records are not touched by this. If it stays so, remove `cache/local/store`.",
    ),
    "SB714": Code(
        "a local store that specbuild did not make",
        "Tables, triggers or settings of the store's SQLite file are not those that specbuild makes. It is "
        "neither read nor written, because such a file can be planted. Remove `cache/local/store`.",
    ),
    "SB715": Code(
        "a damaged entry of the local store",
        "An entry's own checksum is wrong, or it is of a kind that specbuild never writes (a pickle, a file "
        "name). It is not served; the reply counts as not known.",
    ),
    "SB716": Code(
        "a damaged journal line",
        "The journal in `cache/local/` has a line whose checksum is wrong. It is left out; the target that it "
        "told of is looked up anew, from kept replies.",
    ),
    "SB717": Code(
        "a record file that can't be read",
        "A file among `cache/replies/` is too large, a link, a pipe, or the system refuses it. It is not served. "
        "Restore it from the repository's history.",
    ),
    "SB718": Code(
        "the local store can't be written",
        "A reply could not be stored durably, so it is not used either: no reply is looked at before it is safe. "
        "Free space, or look at the permissions of `cache/local/`.",
    ),
    "SB719": Code(
        "a record whose conversation is broken",
        "A later turn of a conversation does not follow from the turn that it names as its parent, or that turn "
        "is not there. It is not served. Restore the missing record from the repository's history.",
    ),
    "SB720": Code(
        "no project here",
        "Neither this folder nor one above it has a `specbuild.toml`, a `[tool.specbuild]` table in its "
        "pyproject.toml, a `specbuild.lock`, or a `specs` folder with a TOML file. Run `specbuild init`, or go to "
        "the project.",
    ),
    "SB722": Code(
        "a reply that gives other outputs",
        "The record that the lock names was read and found whole, but its files are not the ones whose hashes the"
        " lock names. The lock was edited, or a newer specbuild made it. Nothing is written. `specbuild "
        "regenerate` asks anew.",
    ),
    "SB723": Code(
        "the lock would change",
        "`--locked` lets no entry of specbuild.lock change, and this target would change its own. Build without "
        "`--locked`, look at the difference and commit it.",
    ),
    "SB724": Code(
        "no merge to settle",
        "`specbuild lock --resolve` takes the two sides of a merge from git: of the index while the lock is unmerged, "
        "of the merge under way, or of the merge that HEAD is. There is none, so something else spoiled the lock. "
        "Bring it back from the history; known replies are used again without a call.",
    ),
    "SB725": Code(
        "it is not known which records are needed",
        "`specbuild cache gc` removes records that neither the lock nor an iteration under the history names. One of "
        "these can't be believed at the moment, so what it names is not known, and nothing is removed. Mend it first.",
    ),
    "SB726": Code(
        "no archive of records",
        "`specbuild cache import` takes a file that `specbuild cache export` wrote (a plain tar, never compressed), or "
        "a folder that holds records, such as `cache/replies` of another clone.",
    ),
    "SB727": Code(
        "a needed record that can't be had",
        "The lock or an iteration names this record, and neither `cache/replies/`, nor the local store, nor git has a "
        "good version of it. Fetch the branch that has it, ask somebody for `specbuild cache export`, or let "
        "`specbuild regenerate` ask anew.",
    ),
    "SB730": Code(
        "not reproduced",
        "Rendering, looking up and extracting everything again gave something else than the lock and the outputs "
        "say. The message names the part that differs.",
    ),
    "SB731": Code(
        "the reply of a target is not there",
        "The lock names a reply, and neither `cache/replies/` nor the local store has it, so its outputs can't be made "
        "again. Bring the record back from the history.",
    ),
    "SB732": Code(
        "never built",
        "The target has no finished build in the lock, so there is nothing to reproduce. Run `specbuild build`.",
    ),
    "SB733": Code(
        "an entry without a spec",
        "specbuild.lock has an entry that no spec claims: its spec was removed. `specbuild prune` takes it out "
        "together with its outputs.",
    ),
    "SB734": Code(
        "an iteration that can't be believed",
        "A file of the history is damaged, missing, or does not follow the iteration before it. Every iteration is "
        "kept as it was written, so that anybody can rebuild it. Bring the file back with git.",
    ),
    "SB735": Code(
        "an iteration is not replayed",
        "Rebuilding an iteration from its kept specs, its lock and the committed replies gave something else than it "
        "says, or one of these is damaged or gone. The message names iteration, target and file. Bring the file back "
        "with git.",
    ),
    "SB736": Code(
        "the package is not the last iteration's",
        "A generated module of the package, or its entry in specbuild.lock, differs from what the last iteration "
        "built. `specbuild iterate --promote` puts the last iteration in place; an edit belongs into the spec.",
    ),
    "SB737": Code(
        "no such iteration",
        "The history has no iteration of that number. `specbuild history` lists those that there are, from 0 on.",
    ),
    "SB738": Code(
        "a folder that is not empty",
        "`history replay --to` leaves a whole rebuilt project in a folder, and puts it into no folder that holds "
        "anything. Name one that is not there yet.",
    ),
    "SB739": Code(
        "git has no such commit here",
        "`specbuild diff --since` compares with the lock of an earlier commit, which git has to hold in this clone: a "
        "hash, a branch, a tag, `HEAD` or `HEAD~3`. Nothing is fetched. Outside a git repository there is none.",
    ),
    "SB740": Code(
        "a module of the project itself",
        "The specs of one folder (`specs` under `[iterate]` of the configuration) make modules of the project itself. "
        "`specbuild iterate` builds those, and only those: it builds them beside the project, runs the project's tests "
        "on the whole, and puts them in place with `--promote`. `build`, `regenerate` and `clean` leave them alone.",
    ),
    "SB741": Code(
        "no iteration can be built",
        "`specbuild iterate` builds modules of the project itself. The configuration says under `[iterate]` which "
        "specs make them (`specs`), in which folder they lie (`package`), and which command tests the whole "
        "(`tests`). Such a spec may need others of the same folder and files of the project, no other spec.",
    ),
    "SB742": Code(
        "a generated module that was edited",
        "A module of the project that `specbuild iterate` built holds other bytes now. Its source is its spec: put the "
        "change there. `git checkout` on the file gives the edit up.",
    ),
    "SB743": Code(
        "the second stage gives something else",
        "After its tests the newly built package, alone and shut in, renders and takes apart everything again from "
        "committed replies. What it makes must be what made it, byte for byte; the message names what is not. A "
        "module that decides requests, keys or texts was generated with another behaviour: its spec or its tests "
        "leave it open.",
    ),
    "SB744": Code(
        "the second stage did not end",
        "The newly built package could not even be started, or stopped with an error, while it made everything again. "
        "The message has its last words.",
    ),
    "SB745": Code(
        "the tests of the built package failed",
        "The project's tests were run on a copy of the project that has the newly built modules, and they did not "
        "pass. Nothing was promoted, no iteration was kept; the replies are. The log has all that they printed. Mend "
        "the spec of the module that is wrong, or ask for another answer: `specbuild iterate --regenerate ID`.",
    ),
    "SB746": Code(
        "a text of a person's among generated modules",
        "The text of this module was accepted by hand, so no spec and no reply gives it. An iteration holds only what "
        "these give. `specbuild iterate --regenerate ID` asks the model for a text of its own.",
    ),
    "SB747": Code(
        "the generations of more than one target",
        "`specbuild log` and `specbuild diff --between` tell of one target at a time, and the selection names several, "
        "or one that no build has made yet. Name one target by its id.",
    ),
    "SB748": Code(
        "there is no such generation",
        "`specbuild diff --between` takes the numbers that `specbuild log` prints: 1 is the first build of the target "
        "that a commit holds. Commits that this clone does not have (a shallow clone) can't be counted.",
    ),
    "SB749": Code(
        "the bytes of an earlier generation are gone",
        "An output of an earlier build is taken from git if outputs are committed, else from the recorded reply. "
        "Neither is at hand here: the record was removed by `cache gc`, or the clone is shallow. The other outputs "
        "are compared.",
    ),
    "SB755": Code(
        "what is staged can't be told",
        "`check --staged` reads git's index. The project lies in no repository, git can't be run, or a merge is not "
        "settled yet: then there is nothing that a commit would take. `specbuild check` looks at the files themselves.",
    ),
    "SB756": Code(
        "a reply is not staged",
        "specbuild.lock names this reply, its record lies in the work tree, and a commit would leave it out: a clone "
        "could not write the output again without asking. `git add` it together with the lock.",
    ),
    # 8xx names, outputs and the disk
    "SB801": Code(
        "not a plain path inside the project",
        "An output is named by a path below the project's folder with single `/` between its components. "
        "Absolute paths, drives, backslashes, `.` and `..`, empty components, and a leading `~` or `-` are "
        "refused, because they could leave the project or mean something else to another program. Write the "
        "plain path.",
    ),
    "SB802": Code(
        "a name that some system can't hold",
        "Windows has device names (CON, NUL, COM1, …, with any extension), forbidden characters, short names "
        "such as GIT~1, and drops final dots and spaces; file systems limit a component to 255 bytes, and a "
        "path here to 1,024 bytes and 64 components. A project with such a name could not be checked out "
        "everywhere. Take another name.",
    ),
    "SB803": Code(
        "a name with hidden characters",
        "Control, bidirectional, zero-width, private and blank characters other than the space can't be seen "
        "in a name or are obeyed by a terminal; two names could look the same. Take the character out.",
    ),
    "SB804": Code(
        "a name in another Unicode spelling",
        "The same letters can be spelled composed or decomposed; some systems take both for one file and some "
        "for two. Names are written composed (NFC): the hint shows the name so.",
    ),
    "SB805": Code(
        "a name inside a `.git` folder",
        "git keeps its own files there, hooks that it runs among them. No configuration allows this. Take "
        "another name.",
    ),
    "SB806": Code(
        "a name of specbuild's own",
        "The lock, the records, the local state and temporary files are written by specbuild only; a reply "
        "that could replace them could change what is built. No configuration allows this. Take another name.",
    ),
    "SB807": Code(
        "a name that steers a tool",
        "Some files are obeyed unasked: by test runners (conftest.py), package managers, git, CI, editors, "
        "shells and assistants. Generated text may be such a file only if the person who runs specbuild "
        "allows it: add a pattern to `allow_steering_files` in your own configuration. A repository can't allow it.",
    ),
    "SB820": Code(
        "no such file",
        "The file is not there. Look at the spelling, upper and lower case included.",
    ),
    "SB822": Code(
        "a file that is too large",
        "Files are read whole and only up to a bound, so that no input can use up the memory. Split it, or leave "
        "it out.",
    ),
    "SB823": Code(
        "a path that leads out of the project",
        "Only files inside the project are read; this one leads out of it, by `..` or by a symbolic link. Copy "
        "the file into the project.",
    ),
    "SB824": Code(
        "a file that can't be read",
        "The system refuses to read the file; its own words are shown. Look at its permissions.",
    ),
    "SB825": Code(
        "a file that is not UTF-8",
        "All text inputs are UTF-8, with or without a byte order mark. The place shown is the first byte that "
        "does not fit. Save the file as UTF-8.",
    ),
    "SB826": Code(
        "a link on the way to an output",
        "A folder on the way is a symbolic link, or no folder. Nothing is written through a link, because it "
        "could lead out of the project. Put a real folder in its place.",
    ),
    "SB827": Code(
        "no space left",
        "The disk or the quota is full. Nothing is torn and no temporary file is left. Free some space and run it "
        "again; replies that were stored are not asked for again.",
    ),
    "SB828": Code(
        "the disk refuses",
        "The system refuses to write or rename here; its own words are shown. Look at the permissions.",
    ),
    "SB829": Code(
        "not a regular file",
        "Where a file is expected lies a folder, a symbolic link, a pipe or a device. It is neither read nor "
        "replaced. Move it away.",
    ),
    "SB830": Code(
        "a folder that can't be read",
        "A folder among the specs can't be listed, so specs may be missing. Look at its permissions.",
    ),
    "SB831": Code(
        "a file name that is not UTF-8",
        "The name's bytes are not UTF-8; it has no one spelling as text. Rename the file.",
    ),
    "SB832": Code(
        "a linked folder was not entered",
        "Folders behind symbolic links are not searched for specs: they may lead out of the project or in a "
        "circle. Use a real folder.",
    ),
    "SB833": Code(
        "a read-only file system",
        "Something had to be written on a file system that is mounted read-only. Reading commands work there; "
        "building needs a place to write.",
    ),
    "SB840": Code(
        "an output changed while it was built",
        "Between the look at the disk and the writing somebody changed the output. It is kept as it is. "
        "`specbuild accept` keeps it for good; `specbuild build --force` gives it up and keeps a copy.",
    ),
    "SB841": Code(
        "an output that was edited",
        "The file is not what any build wrote. Edits belong to people: it is never overwritten. `specbuild "
        "accept` makes it the target's text; `specbuild build --force` gives it up and keeps a copy under "
        "`cache/local/edited/`. A build that keeps it has done what it may, and ends with 0; `specbuild check` ends "
        "with 1.",
    ),
    "SB842": Code(
        "an accepted text that is held",
        "The target's text was accepted by hand, and what it answers has changed since: its spec, a need's "
        "interface or a context file, or its record is lost. It is never replaced by itself. `specbuild accept` "
        "says that the text answers the new spec too; `specbuild revise` asks the model for the change in it; "
        "`specbuild regenerate` gives it up. A build that keeps it ends with 0, `specbuild check` with 1.",
    ),
    "SB843": Code(
        "not to be accepted yet",
        "A need of the target is not built, so it can't be said which interface the text was written against. "
        "Build first.",
    ),
    "SB844": Code(
        "not to be carried over",
        "`specbuild touch` says that what was built answers the reworded spec: it carries the outputs over, without a "
        "call, if they pass the checks of now. It does not carry over what no build wrote (`specbuild accept` does), "
        "what fails a check, or what has no reply or no finished need behind it.",
    ),
    "SB845": Code(
        "nothing was built that could be revised",
        "`specbuild revise` changes a text that is there: the one that specbuild.lock names, built or accepted. A "
        "target without an entry has none yet. `specbuild build` writes it; `specbuild accept` takes a file that "
        "lies there.",
    ),
    "SB846": Code(
        "the text to revise is not at hand",
        "A revision shows the model the locked text as it is, whole. It is read from the committed record of its "
        "reply, or from outputs that are still exactly as they were built. Neither is there, or the spec names other "
        "outputs than it was built with, so that no present text belongs to them. Bring the record back from git's "
        "history (`specbuild cache heal`), or have the target written anew with `specbuild regenerate`.",
    ),
    "SB847": Code(
        "no file that the patterns stand for",
        "The outputs of this target are patterns, and `accept` takes the files that they stand for. None lies there: "
        "the folder is another one, or the files belong to another spec. Build the target, or write its files first.",
    ),
    "SB850": Code(
        "no sandbox starts here",
        "Generated code runs only shut in: without network, without your files, bounded in time and memory. On Linux "
        "that takes bubblewrap (install the package `bubblewrap`) or a kernel with Landlock 6 (Linux 6.12); on macOS "
        "`sandbox-exec`. `--sandbox=none` on the command line runs it as any other program of yours: only for code "
        "that you have read. What is known to be verified is restored without any of this.",
    ),
    "SB851": Code(
        "not shut in",
        "You said `--sandbox=none`: what runs can read, write and send whatever you can. Only time, memory and output "
        "are bounded.",
    ),
    "SB852": Code(
        "the tests would not see the staged package",
        "Before the tests of an iteration run, the package is imported once as any program would. It was not the "
        "staged copy, so the tests would judge something else. Install the project so that it is used in place: `pip "
        "install -e .` in the environment that runs its tests.",
    ),
    # 9xx everything else
    "SB906": Code(
        "no id of a spec",
        "An id is the path of the spec below the spec folder, without `.toml`: `sort`, `tools/sort`. It must be a name "
        "that any system can have.",
    ),
    "SB907": Code(
        "a spec is there already",
        "`specbuild new`, `agent` and `init --example` never write over a file: choose another name or folder, or "
        "edit what is there.",
    ),
    "SB920": Code(
        "an edition that can't be written",
        "`specbuild upgrade` changes or adds one line of the project's configuration and keeps every other byte. Where "
        "the table is written in another way (inline, by dotted names), that can't be done safely: write the line by "
        "hand. The targets have moved already; new ones begin at the edition that the configuration names.",
    ),
    "SB930": Code(
        "a value that no spec can hold",
        "A spec that a program hands over holds what TOML does: strings, numbers, booleans, lists, and mappings whose "
        "names are strings. Leave out what is None.",
    ),
    "SB931": Code(
        "no path for a file that is handed over",
        "Files that a program hands over beside a spec have the paths by which the spec names them, as in a project: "
        'relative, with "/", and without "..".',
    ),
    "SB932": Code(
        "an argument that can't be used",
        "A program that calls `specbuild.api` hands over what a person says by options: how many calls at once, "
        "limits, the sandbox. The same bounds hold as on the command line. Nothing was asked or written.",
    ),
    "SB940": Code(
        "a file that no spec can describe",
        "`specbuild new --from` drafts a spec for a text file of the project, whose one output that file then is. It "
        "lies in the project's folder, and has a name that an output may have.",
    ),
    "SB941": Code(
        "a file that a spec builds already",
        "Each output belongs to one spec. The file is built from the spec that the message names: change that one.",
    ),
    "SB942": Code(
        "a secret in a text that a model would be shown",
        "The file or the goal has something of the shape of a key, a token or a password, or one of your own keys. A "
        "prompt leaves this machine. Take it out; --allow-secret says that it is none.",
    ),
    "SB943": Code(
        "no draft of a spec",
        "The answers were no specs, or asked for what no draft may, or had examples that do not hold of the existing "
        "file that was to be described. They are kept, so the same command costs nothing and ends here again; "
        "--again asks for another draft.",
    ),
    "SB950": Code(
        "a request that can't be used",
        "A program that hands over a goal does it as a dictionary: `project_name` and `goal` are needed, docs/api.md "
        "has the other keys with what each takes. Nothing was asked or written.",
    ),
    "SB951": Code(
        "a spec that a person keeps",
        "A goal that a program hands over is written as a spec of its own, which begins with a line that says so. The "
        "spec of this name has no such line: a person wrote or took it over, and it stays as it is. Choose another "
        "`project_name`, or build the spec with `specbuild build`.",
    ),
    "SB952": Code(
        "a draft that nobody would see",
        "What `specbuild agent` drafts decides what is built and what that costs, so a person looks at it first. Where "
        "there is no terminal, --yes says that it is taken as it comes.",
    ),
    "SB953": Code(
        "a folder that is there already",
        "The files of a goal lie in a folder of their own, so that nothing is written over. That folder is there "
        "already, with something in it: give the program another name, or move the folder away.",
    ),
    "SB954": Code(
        "a goal that can't be asked for",
        "A goal is a few sentences, of UTF-8 text. What a program has to follow exactly (formats, tables, data) stands "
        "in a file that the spec names under `context` of [build].",
    ),
    "SB957": Code(
        "no events of a run",
        "`specbuild report --events FILE` draws the timeline of the run whose events `specbuild build --events FILE` "
        "wrote. This file does not begin as one of those, or a later version of them is in it.",
    ),
    "SB958": Code(
        "a file that is no report is in the way",
        "`specbuild report -o FILE` writes over a report, and over nothing else: another file of that name may be "
        "somebody's work. Name another file, or remove it first.",
    ),
    "SB970": Code(
        "a file that is not edited by hand",
        "The file is built from a spec, or only specbuild writes it (the lock, records, iterations). `specbuild guard` "
        "says so to an assistant's hook before it edits. Edit the spec and build; a text that a person has accepted "
        "may be edited.",
    ),
    "SB971": Code(
        "an event that can't be read",
        "`specbuild guard` without a path reads the event that an assistant hands to its hook: one JSON object on "
        "standard input, with the path below `tool_input`. docs/assistants.md has the settings.",
    ),
}
