"""The parts of the assistant, put together: what the page, the command line and the tests all start from."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from assistant import prompts
from assistant.access import Access
from assistant.choosing import Rewarding
from assistant.engine import Engine
from assistant.errors import ModelUnavailable
from assistant.guardrails import documents, grounding, policy, refits
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.supply import Supply
from assistant.guardrails.views import Views
from assistant.model.local import LocalModel
from assistant.model.remote import RemoteModel
from assistant.reviewing import ReviewQueue
from assistant.serving import Serving
from assistant.settings import Settings
from assistant.store.store import Store
from assistant.subjects import Subjects
from assistant.trials import Trials
from finetune import bases, models
from finetune.errors import FinetuneError
from finetune.registry import Registry
from knowledge import embeddings
from knowledge.library import Library


@dataclass(frozen=True, slots=True)
class Assistant:
    """Everything that a page or a command needs."""

    settings: Settings
    store: Store
    library: Library
    registry: Registry
    trials: Trials
    rails: Supply
    """The rails of the policy as it is now."""
    encoder: Encoder
    """What the rails find the meaning of sentences by."""
    views: Encoder
    """What the heads of the rails see texts by."""
    engine: Engine
    queue: ReviewQueue

    def access(self, user: str | None) -> Access:
        """Return what judges which stored turns a user may see now."""
        return Access(self.library.reader(user), self.library.reader(None))


class LazyModel:
    """A model that is loaded at the first question, or when `load` is called, whichever comes first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading = threading.Lock()
        self._model: LocalModel | None = None
        self.name = settings.finetune.model

    def load(self) -> LocalModel:
        """Load the model where it is not loaded yet.

        Raises:
            ModelUnavailable: it cannot be had, or does not fit.
        """
        with self._loading:
            if self._model is None:
                try:
                    loaded = models.load(self._settings.finetune)
                except FinetuneError as error:
                    raise ModelUnavailable(str(error)) from error
                self._model = LocalModel(loaded, context=self._settings.chat.context, limits=self._settings.chat.limits)
        return self._model

    @property
    def context(self) -> int:
        """The most tokens of prompt and answer together."""
        return self.load().context

    def count(self, messages: Any) -> int:
        """Count the tokens of a prompt."""
        return self.load().count(messages)

    def stream(self, messages: Any, **how: Any) -> Any:
        """Yield the answer piece by piece."""
        return self.load().stream(messages, **how)


def model_of(settings: Settings) -> LazyModel | RemoteModel:
    """Return the model that the settings name: one in this process, or one behind a server."""
    if not settings.finetune.server:
        return LazyModel(settings)
    chat = settings.chat
    return RemoteModel(
        settings.finetune.server,
        settings.finetune.model,
        context=chat.context,
        key=chat.server_key.get_secret_value(),
        timeout=chat.server_seconds,
    )


@contextmanager
def assemble(settings: Settings) -> Iterator[Assistant]:
    """Put the parts together, and close what needs closing at the end."""
    with ExitStack() as stack:
        encoder = embeddings.Encoder(embeddings.EMBEDDED)  # the rails', whatever encoder the documents have
        shared = encoder if settings.knowledge.embedding == embeddings.EMBEDDED else None
        library = stack.enter_context(closing(Library(settings.knowledge, shared, scan=documents.scan)))
        store = stack.enter_context(closing(Store(settings.chat.database)))
        yield _assembled(settings, library, store, Encoder(encoder.embed_stretches))


def _assembled(settings: Settings, library: Library, store: Store, encoder: Encoder) -> Assistant:
    registry = Registry(settings.finetune.adapters_dir)
    views = Encoder(Views())
    means = policy.Means(
        encoder,
        views,
        refits=settings.heads,
        home=settings.home,
        subjects=Subjects(library),
        secrets=prompts.SECRETS,
    )
    rails = Supply(settings.policy, partial(policy.build, means=means), partial(refits.in_force, settings.heads))
    reward = Rewarding(settings.finetune, registry)

    def threshold() -> float:
        return rails.settings.grounding.threshold

    trials = Trials(registry, store, threshold)
    engine = Engine(
        settings=settings.chat,
        model=model_of(settings),
        store=store,
        reader=library.reader,
        serving=Serving(registry, store, trials, settings.finetune.model, partial(bases.digest, settings.finetune)),
        rails=rails,
        reward=reward,
        support=lambda answer, passages, question: grounding.support(answer, passages, encoder, question),
    )
    queue = ReviewQueue(store, reward, threshold)
    return Assistant(settings, store, library, registry, trials, rails, encoder, views, engine, queue)
