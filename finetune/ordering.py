"""The order of a run's rows, decided by seed and epoch alone: a resumed run meets them as one left alone did."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import LengthGroupedSampler


class SeededByEpoch(Sampler[int]):
    """Another sampler, with its generator seeded anew in each epoch.

    transformers draws the order of rows grouped by length from torch's global generator, which stands elsewhere in a
    later epoch of a resumed run. Accelerate does this to RandomSampler alone (its SeedableRandomSampler).
    """

    def __init__(self, inner: LengthGroupedSampler, seed: int) -> None:
        self._inner, self._seed, self._epoch = inner, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer and by Accelerate before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[int]:
        self._inner.generator = torch.Generator().manual_seed(self._seed + self._epoch)
        return iter(self._inner)


def by_epoch(trainer: Any) -> None:
    """Have a trainer that groups its rows by length draw their order from the seed and the epoch."""
    chosen = trainer._get_train_sampler

    def sampler(*rows: Any) -> Any:
        found = chosen(*rows)
        return SeededByEpoch(found, trainer.args.seed) if isinstance(found, LengthGroupedSampler) else found

    trainer._get_train_sampler = sampler
