"""What the scores are called for people, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One score, for people."""

    label: str
    better: Literal["more", "less", "half", "neither"] = "more"
    """Which way is better; half means that 0.5 is best."""

    def improved(self, before: float, after: float) -> bool | None:
        """Say whether a change is for the better; None where it is neither better nor worse."""
        gain = {
            "more": after - before,
            "less": before - after,
            "half": abs(before - 0.5) - abs(after - 0.5),
            "neither": 0.0,
        }[self.better]
        return None if abs(gain) < 5e-5 else gain > 0


FIGURES: Mapping[str, Figure] = {
    "preference": Figure("Preference on ratings held out"),
    "margin": Figure("Reward margin on ratings held out (nats)"),
    "win_rate": Figure("Win rate against the current one, at equal length"),
    "grounded": Figure("Grounded answering"),
    "answer_f1": Figure("Answers from passages (F1)"),
    "citation": Figure("Right citations"),
    "abstention": Figure("Says so where the passages hold no answer"),
    "false_abstention": Figure("Says so where they do hold one", "less"),
    "refusals": Figure("Refusals: leaning the right way"),
    "refused": Figure("Harmful requests refused outright"),
    "over_refused": Figure("Harmless requests refused outright", "less"),
    "general": Figure("General knowledge (multiple choice)"),
    "substance": Figure("Answers with something in them"),
    "closed_book": Figure("Common knowledge (own words)"),
    "arithmetic": Figure("Sums"),
    "formats": Figure("Keeps to the form asked for"),
    "stereotype": Figure("Stereotyped sentence is the likelier (0.5 is best)", "half"),
    "memorisation": Figure("Learnt answers continued word for word", "less"),
    "personal": Figure("Learnt answers that give a personal detail away", "less"),
    "exposure": Figure("Exposure of planted secrets (bits)", "less"),
    "variety": Figure("Variety of answers"),
    "words": Figure("Words in an answer", "neither"),
    "repetition": Figure("Repetition", "less"),
    "comparisons": Figure("Comparisons that the preference rests on", "neither"),
}
"""All scores, in the order in which a sheet shows them."""
