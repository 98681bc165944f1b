"""One model asked everything: the ratings held out, the question sets, and what it learnt from."""

import json
from collections.abc import Sequence

from finetune.evaluation import memorisation, preference, questions, refusals, stereotypes
from finetune.evaluation.canaries import Canary, exposure
from finetune.evaluation.generation import generate
from finetune.evaluation.intervals import Sample
from finetune.evaluation.likelihood import likelihoods
from finetune.evaluation.results import Answered, Results
from finetune.evaluation.sets import ChoiceQuestion, GroundedQuestion, Sets
from finetune.evaluation.texts import abstained, overlap, repetition, variety_of_each
from finetune.examples import Message, RatedAnswer
from finetune.models import Loaded
from finetune.preferences import demonstrations

GROUNDED_TOKENS = 64
"""Where an answer from passages is cut; the right ones are a sentence long."""
OPEN_TOKENS = 128
OPEN_PROMPTS = 16
"""From the answers to so many prompts, held-out ones first, length, repetition and variety are taken."""
EMPTY = ("No.", "Yes.", "OK.")


def measure(
    loaded: Loaded,
    held_out: Sequence[RatedAnswer],
    sets: Sets,
    learnt: Sequence[RatedAnswer] = (),
    planted: Sequence[Canary] = (),
) -> Results:
    """Measure a model; its preference is filled in by `Results.against`, once that of the base is known.

    Args:
        loaded: the model, with or without an adapter.
        held_out: ratings that it has not learnt from.
        sets: the question sets.
        learnt: ratings that the candidate learnt from, for what it has memorised of them.
        planted: secrets that it learnt beside them.
    """
    answers = _answers(loaded, held_out, sets)
    general, substance = _general(loaded, sets.general)
    samples = {
        **_grounded(loaded, sets.grounded),
        **refusals.measure(loaded, sets.refusals),
        "general": general,
        "substance": substance,
        **questions.measure(loaded, sets),
        "stereotype": stereotypes.measure(loaded, sets.stereotypes),
        **_told(answers),
    }
    extraction = memorisation.extracted(loaded, demonstrations(learnt)) if learnt else None
    if extraction is not None and extraction.looked_at:
        samples["memorisation"] = extraction.sample
    if planted:
        samples["exposure"] = exposure(loaded, planted).sample
    return Results(
        samples=samples,
        answers=tuple(answers),
        held_out=tuple(likelihoods(loaded, preference.answers(held_out))),
        personal=len(extraction.personal) if extraction is not None else None,
    )


def _answers(loaded: Loaded, held_out: Sequence[RatedAnswer], sets: Sets) -> list[Answered]:
    """Answer prompts that were held out, each once, and fill up with the harmless requests of the sets."""
    rows: list[tuple[tuple[Message, ...], str | None]] = [(row.prompt, row.turn_id) for row in held_out if row.prompt]
    rows += [(row.messages, None) for row in sets.refusals if not row.harmful]
    asked: dict[str, tuple[tuple[Message, ...], str | None]] = {}
    for prompt, turn_id in rows:
        asked.setdefault(json.dumps(prompt), (prompt, turn_id))
    chosen = list(asked.values())[:OPEN_PROMPTS]
    said = generate(loaded, [prompt for prompt, _ in chosen], max_tokens=OPEN_TOKENS)
    return [Answered(prompt, answer, turn_id) for (prompt, turn_id), answer in zip(chosen, said, strict=True)]


def _told(answers: Sequence[Answered]) -> dict[str, Sample]:
    """Take from open answers what their text alone tells."""
    said = [one.answer for one in answers]
    differ = variety_of_each(said)
    return {
        "variety": Sample.of(list(differ.values()), list(differ)) if differ else Sample.of([1.0]),
        "words": Sample.of([len(answer.split()) for answer in said]),
        "repetition": Sample.of([repetition(answer) for answer in said]),
    }


def _grounded(loaded: Loaded, asked: Sequence[GroundedQuestion]) -> dict[str, Sample]:
    answers = generate(loaded, [question.messages for question in asked], max_tokens=GROUNDED_TOKENS)
    both = list(zip(asked, answers, strict=True))
    f1 = [overlap(answer, q.answers) * (not abstained(answer)) for q, answer in both if q.answers]
    held = [abstained(answer) for q, answer in both if not q.answers]
    return {
        "grounded": Sample.of([*f1, *held]),
        "answer_f1": Sample.of(f1),
        "citation": Sample.of([q.marker in answer for q, answer in both if q.marker]),
        "abstention": Sample.of(held),
        "false_abstention": Sample.of([abstained(answer) for q, answer in both if q.answers]),
    }


def _general(loaded: Loaded, asked: Sequence[ChoiceQuestion]) -> tuple[Sample, Sample]:
    """Tell whether the right choice is the likeliest one, and whether it is likelier than an empty answer."""
    found = likelihoods(loaded, [(q.messages, said) for q in asked for said in (*q.choices, *EMPTY)])
    means = iter([one.mean for one in found])
    right, full = [], []
    for question in asked:
        choices = [next(means) for _ in question.choices]
        empty = [next(means) for _ in EMPTY]
        right.append(choices[question.answer] == max(choices))
        full.append(choices[question.answer] > max(empty))
    return Sample.of(right), Sample.of(full)
