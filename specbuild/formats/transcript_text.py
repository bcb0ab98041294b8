"""An agent's steps as a text that a person reads: what it said and called, what that changed, what came of it."""

from specbuild.canonical_json import Json
from specbuild.formats.action_text import action_line, difference_text, result_text
from specbuild.progress import Spent
from specbuild.styled_text import Span
from specbuild.trajectory import Trajectory


def transcript_text(target_id: str, how: str, model: str, trajectory: Trajectory, spent: Spent) -> list[Span]:
    """Return the whole story: a head, then every step."""
    tokens = f"{spent.input_tokens:,} + {spent.output_tokens:,} tokens" if spent.calls else "tokens unknown"
    cost = "cost unknown" if spent.cost is None or not spent.calls else f"cost {spent.cost:.4f}"
    steps = len(trajectory.turns)
    spans = [
        Span(target_id, "strong"),
        Span(f" ({how}): {steps} {'step' if steps == 1 else 'steps'} of {model}, {tokens}, {cost}\n"),
        Span(f"It began with {', '.join(sorted(trajectory.start)) or 'no file'}.\n", "faint"),
    ]
    for number, turn in enumerate(trajectory.turns, 1):
        spans.append(Span(f"\n── step {number} " + "─" * max(1, 68 - len(str(number))) + "\n", "faint"))
        spans += [Span(f"{one.strip()}\n", "faint") for one in turn.record.reply.reasoning.values() if one.strip()]
        if turn.record.reply.content.strip():
            spans.append(Span(f"{turn.record.reply.content.strip()}\n", "note"))
        for move in turn.moves:
            spans += action_line(target_id, number, move.call)
            if move.result is not None:
                spans += difference_text(move.before, move.after)
                spans += result_text(move.result, whole=True)
        spans += [Span(f"{text.rstrip()}\n", "warning") for text in turn.told]
    return spans


def transcript_json(target_id: str, how: str, model: str, trajectory: Trajectory, spent: Spent) -> dict[str, Json]:
    """Return the same as an object, with the files after each step."""
    return {
        "id": target_id,
        "how": how,
        "model": model,
        "usage": {
            "calls": spent.calls,
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
            "cost": spent.cost,
        },
        "start": dict(trajectory.start),
        "steps": steps_json(trajectory),
    }


def steps_json(trajectory: Trajectory) -> list[Json]:
    """Return every step: what was said, the calls with their arguments and results, and the files after it."""
    steps: list[Json] = []
    for number, turn in enumerate(trajectory.turns, 1):
        files = trajectory.files_after(number)
        calls: list[Json] = [
            {"tool": move.call.name, "arguments": dict(move.call.arguments), "result": move.result}
            for move in turn.moves
        ]
        said, thoughts = turn.record.reply.content, dict(turn.record.reply.reasoning)
        steps.append(
            {
                "step": number,
                "reasoning": thoughts,
                "said": said,
                "calls": calls,
                "told": list(turn.told),
                "files": dict(files),
            }
        )
    return steps
