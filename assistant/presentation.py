"""A turn as others read it: the JSON of `ask --json`. Pure functions."""

from dataclasses import asdict
from typing import Any

from assistant.turns import Turn


def answer_json(turn: Turn) -> dict[str, Any]:
    """Shape a turn as the outside may rely on it."""
    return {
        "answer": turn.answer,
        "citations": [asdict(citation) | {"marker": f"[{citation.marker}]"} for citation in turn.citations],
        "support": [
            {
                "sentence": one.sentence,
                "marker": f"[{one.marker}]" if one.marker else None,
                "score": round(one.score, 4),
            }
            for one in turn.support
        ],
        "abstained": turn.abstained,
        "stopped": turn.stopped,
        "refusal": asdict(turn.refusal) if turn.refusal else None,
        "notice": turn.notice,
        "turn_id": turn.id,
        "conversation_id": turn.conversation_id,
        "model": turn.model,
        "adapter": turn.adapter,
        "timings": {name: round(value, 1) for name, value in asdict(turn.timings).items()},
    }
