"""The passages found for a question, after the rails: what the model is shown of them, and what the reader is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.guardrails.rails import Checked, Context, Rail, check
from assistant.turns import Source

LEFT_OUT = "A passage that was found was left out, because it seems to hold instructions to the assistant."
MASKED = "A sentence that seems to speak to the assistant was kept from it; the passage still shows it."


@dataclass(frozen=True, slots=True)
class Screened:
    """What the rails left of some sources; the sources stay what the documents hold, as citations quote them."""

    sources: Sequence[Source]
    texts: Mapping[str, str] = field(default_factory=dict)
    """What the model is shown instead of the text of a source, by the passage's id, where that is not the text."""
    judged: Sequence[tuple[Source, Checked]] = ()
    """What the rails said of which source, where they did not allow all."""

    @property
    def notice(self) -> str | None:
        """What the reader should know, if anything."""
        checked = [one for _, one in self.judged]
        if any(one.stopped for one in checked):
            return LEFT_OUT
        return MASKED if any(one.action == "mask" and one.rule != "hidden characters" for one in checked) else None


def screen(sources: Sequence[Source], rails: Sequence[Rail], context: Context) -> Screened:
    """Run the rails over each source; those that must not be seen are left out, and the others numbered anew."""
    if not rails:
        return Screened(sources)
    found = [(source, check(rails, source.text, context)) for source in sources]
    kept = [source for source, checked in found if not checked.stopped]
    return Screened(
        [replace(source, marker=number) for number, source in enumerate(kept, start=1)],
        {source.passage_id: checked.text for source, checked in found if checked.text != source.text},
        [(source, checked) for source, checked in found if checked.action != "allow"],
    )
