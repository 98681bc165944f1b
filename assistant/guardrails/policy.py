"""From a policy to rails: which of them run on which side, in which order, with which thresholds and actions."""

from pathlib import Path

from assistant.guardrails import refits
from assistant.guardrails.classifier import HEADS, Head
from assistant.guardrails.correction import corrected
from assistant.guardrails.domain import Domain
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.harm import Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.length import Length
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Failing, Lenient, Rail, Rails
from assistant.guardrails.settings import (
    DomainSettings,
    GroundingSettings,
    HarmSettings,
    InjectionSettings,
    PrivacySettings,
    RailSettings,
)


def build(settings: RailSettings, encoder: Encoder, views: Encoder, heads: Path | None = None) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        encoder: sentences to vectors of unit length, for what a text is about.
        views: texts to what the heads were trained on, as `views.Views` gives it.
        heads: the folder of refits, of which the one in force is used (`refits.in_force`); None for the shipped heads.
    """
    length: list[Rail] = [Length(settings.max_characters)]
    injection = _injection(settings.injection, views, heads)
    privacy = _privacy(settings.privacy)
    harm = _harm(settings.harm, views, heads)
    domain = _domain(settings.domain, encoder)
    grounding = _grounding(settings.grounding, encoder)
    return Rails(
        input=(*length, *injection, *privacy, *harm, *domain),
        output=(*privacy, *harm, *grounding),
        document=(*injection,),
        audience=settings.audience,
    )


def _watched(rail: Rail, failing: Failing) -> list[Rail]:
    """Return the rail with what is to happen where it cannot judge."""
    return [rail if failing == "refuse" else Lenient(rail)]


def _head(name: str, heads: Path | None) -> Head:
    return corrected(Head.load(HEADS / f"{name}.npz"), name, refits.folder(heads))


def _injection(settings: InjectionSettings, views: Encoder, heads: Path | None) -> list[Rail]:
    if not settings.on:
        return []
    head = _head("injection", heads)
    rail = Injection(head, views, settings.threshold, settings.action, settings.document_action)
    return _watched(rail, settings.failing)


def _harm(settings: HarmSettings, views: Encoder, heads: Path | None) -> list[Rail]:
    if not settings.on:
        return []
    rail = Harm(
        _head("harm", heads),
        views,
        settings.threshold,
        settings.output_threshold,
        settings.child_threshold,
        actions=dict(settings.actions.items()),
    )
    return _watched(rail, settings.failing)


def _privacy(settings: PrivacySettings) -> list[Rail]:
    return _watched(Privacy(settings.labels, settings.regions), settings.failing) if settings.on else []


def _domain(settings: DomainSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on or not (settings.description.strip() or settings.examples):
        return []
    return _watched(Domain(encoder, settings.description, settings.examples, settings.threshold), settings.failing)


def _grounding(settings: GroundingSettings, encoder: Encoder) -> list[Rail]:
    return _watched(Grounding(encoder, settings.threshold), settings.failing) if settings.on else []
