"""From a policy to rails: which of them run on which side, in which order, with which thresholds and actions."""

from collections.abc import Sequence

from assistant.guardrails.classifier import HEADS, Encoder, Head
from assistant.guardrails.domain import Domain
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.harm import Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.leak import Leak
from assistant.guardrails.length import Length
from assistant.guardrails.passages import Passages
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Failing, Lenient, Rail, Rails
from assistant.guardrails.settings import (
    DomainSettings,
    GroundingSettings,
    HarmSettings,
    InjectionSettings,
    LeakSettings,
    PrivacySettings,
    RailSettings,
)


def build(settings: RailSettings, encoder: Encoder, secrets: Sequence[str] = ()) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        encoder: all-MiniLM-L6-v2, on which the heads were trained.
        secrets: what the assistant is told and must not repeat.
    """
    length: list[Rail] = [Length(settings.max_characters)]
    injection = _injection(settings.injection, encoder)
    privacy = _privacy(settings.privacy)
    harm = _harm(settings.harm, encoder)
    domain = _domain(settings.domain, encoder)
    grounding = _grounding(settings.grounding, encoder)
    return Rails(
        input=(*length, *injection, *privacy, *harm, *domain),
        output=(*_leak(settings.leak, secrets), *privacy, *harm, *grounding),
        document=(*injection,),
        passage=(*_passages(settings.injection),),
        audience=settings.audience,
    )


def _watched(rail: Rail, failing: Failing) -> list[Rail]:
    """Return the rail with what is to happen where it cannot judge."""
    return [rail if failing == "refuse" else Lenient(rail)]


def _injection(settings: InjectionSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    head = Head.load(HEADS / "injection.npz")
    rail = Injection(head, encoder, settings.threshold, settings.action, settings.document_action)
    return _watched(rail, settings.failing)


def _passages(settings: InjectionSettings) -> list[Rail]:
    return _watched(Passages(settings.passage_action), settings.failing) if settings.on else []


def _leak(settings: LeakSettings, secrets: Sequence[str]) -> list[Rail]:
    return _watched(Leak(secrets), settings.failing) if settings.on and secrets else []


def _harm(settings: HarmSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    rail = Harm(
        Head.load(HEADS / "harm.npz"),
        encoder,
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
