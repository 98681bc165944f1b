"""The parts of the assistant, put together: what the page, the command line and the tests all start from."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from assistant import prompts
from assistant.access import Access
from assistant.accounts.limits import Limits
from assistant.choosing import Rewarding
from assistant.engine import Engine
from assistant.errors import BadInput, ModelUnavailable
from assistant.guardrails import documents, grounding, policy, refits
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.supply import Supply
from assistant.guardrails.views import Views
from assistant.metrics import Metrics
from assistant.model.batch import Counts
from assistant.model.local import LocalModel
from assistant.model.remote import RemoteModel
from assistant.reviewing import ReviewQueue
from assistant.serving import Serving
from assistant.settings import Settings
from assistant.stages import Stages
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
    limits: Limits
    """How much each person may ask for."""

    def access(self, user: str | None) -> Access:
        """Return what judges which stored turns a user may see now."""
        return Access(self.library.reader(user), self.library.reader(None))


class LazyModel:
    """A model that is loaded at the first question, or when `load` is called, whichever comes first."""

    def __init__(self, settings: Settings, waited: Callable[[float], None]) -> None:
        self._settings, self._waited = settings, waited
        self._loading = threading.Lock()
        self._model: LocalModel | None = None
        self.problem = ""
        """Why it could not be loaded when that was tried last."""
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
                    self.problem = str(error)
                    raise ModelUnavailable(self.problem) from error
                self.problem = ""
                chat = self._settings.chat
                self._model = LocalModel(loaded, context=chat.context, limits=chat.limits, waited=self._waited)
        return self._model

    def waiting(self) -> int:
        """Return how many answers wait for a place."""
        return self._model.waiting if self._model else 0

    def counts(self) -> dict[str, int]:
        """Return what the model has done so far, by name."""
        return asdict(self._model.counts if self._model else Counts())

    def retry(self) -> None:
        """Try again beside, unless somebody does: a server that nobody is sent to is to come back by itself."""
        if not self._loading.locked():
            threading.Thread(target=self._again, name="load the model again", daemon=True).start()

    def _again(self) -> None:
        with suppress(ModelUnavailable):
            self.load()

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


def model_of(settings: Settings, waited: Callable[[float], None] = lambda seconds: None) -> LazyModel | RemoteModel:
    """Return the model that the settings name: one in this process, or one behind a server.

    Args:
        settings: they name it.
        waited: is told for how many seconds each answer waited for the one in this process.
    """
    if not settings.finetune.server:
        return LazyModel(settings, waited)
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
        stages = stack.enter_context(_stages(settings.server.traces))
        yield _assembled(settings, library, store, Encoder(encoder.embed_stretches), stages)


@contextmanager
def _stages(address: str) -> Iterator[Stages]:
    """Make what times answers, and traces them where there is an address for that."""
    if not address:
        yield Stages(Metrics())
        return
    try:
        from assistant import traces
    except ImportError as error:
        raise BadInput("traces need the extra of that name: pip install 'apprentice-assistant[traces]'") from error
    with closing(traces.to(address)) as tracer:
        yield Stages(Metrics(), tracer)


def _assembled(settings: Settings, library: Library, store: Store, encoder: Encoder, stages: Stages) -> Assistant:
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
    stages.metrics.opinions(store.counts)
    model = model_of(settings, stages.metrics.waited)
    if isinstance(model, LazyModel):
        stages.metrics.work(model.waiting, model.counts)
    engine = Engine(
        settings=settings.chat,
        model=model,
        store=store,
        reader=library.reader,
        serving=Serving(registry, store, trials, settings.finetune.model, partial(bases.digest, settings.finetune)),
        rails=rails,
        reward=reward,
        support=lambda answer, passages, question: grounding.support(answer, passages, encoder, question),
        stages=stages,
    )
    queue = ReviewQueue(store, reward, threshold)
    limits = Limits(settings.limits)
    return Assistant(settings, store, library, registry, trials, rails, encoder, views, engine, queue, limits)
