"""From a policy to rails: which of them run on which side, in which order, with which thresholds and actions."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from assistant.guardrails.classifier import HEADS, Head
from assistant.guardrails.domain import Domain
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.harm import Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.leak import Leak
from assistant.guardrails.length import Length
from assistant.guardrails.passages import Passages
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Failing, Lenient, Rail, Rails
from assistant.guardrails.settings import (
    Audience,
    DomainSettings,
    GroundingSettings,
    GroupSettings,
    HarmSettings,
    InjectionSettings,
    LeakSettings,
    PrivacySettings,
    RailSettings,
)

STRICTEST_FIRST: tuple[str, ...] = get_args(Audience)


def build(
    settings: RailSettings, encoder: Encoder, views: Encoder, heads: Path = HEADS, secrets: Sequence[str] = ()
) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        encoder: sentences to vectors of unit length, for what a text is about.
        views: texts to what the heads were trained on, as `views.Views` gives it.
        heads: the folder of the heads.
        secrets: what the assistant is told and must not repeat.
    """
    length: list[Rail] = [Length(settings.max_characters)]
    injection = _injection(settings.injection, views, heads)
    privacy = _privacy(settings.privacy)
    harm = _harm(settings.harm, views, heads)
    domain = _domain(settings.domain, encoder)
    grounding = _grounding(settings.grounding, encoder)
    return Rails(
        input=(*length, *injection, *privacy, *harm, *domain),
        output=(*_leak(settings.leak, secrets), *privacy, *harm, *grounding),
        document=(*injection,),
        passage=(*_passages(settings.injection),),
        audience=settings.audience,
        audiences=audiences(settings.groups),
        version=version(settings),
        seconds=settings.seconds,
    )


def version(settings: RailSettings) -> str:
    """Return a digest of a policy: the same for the same values, wherever they were written."""
    return hashlib.blake2b(settings.model_dump_json().encode(), digest_size=8).hexdigest()


def audiences(groups: Mapping[str, GroupSettings]) -> dict[str, str]:
    """Return the audience of each user who is in a group: the strictest, for who is in several."""
    found: dict[str, str] = {}
    for group in groups.values():
        for user in group.users:
            found[user] = min(found.get(user, group.audience), group.audience, key=STRICTEST_FIRST.index)
    return found


def _watched(rail: Rail, failing: Failing) -> list[Rail]:
    """Return the rail with what is to happen where it cannot judge."""
    return [rail if failing == "refuse" else Lenient(rail)]


def _injection(settings: InjectionSettings, views: Encoder, heads: Path) -> list[Rail]:
    if not settings.on:
        return []
    head = Head.load(heads / "injection.npz")
    rail = Injection(head, views, settings.threshold, settings.action, settings.document_action)
    return _watched(rail, settings.failing)


def _passages(settings: InjectionSettings) -> list[Rail]:
    return _watched(Passages(settings.passage_action), settings.failing) if settings.on else []


def _leak(settings: LeakSettings, secrets: Sequence[str]) -> list[Rail]:
    return _watched(Leak(secrets), settings.failing) if settings.on and secrets else []


def _harm(settings: HarmSettings, views: Encoder, heads: Path) -> list[Rail]:
    if not settings.on:
        return []
    rail = Harm(
        Head.load(heads / "harm.npz"),
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
