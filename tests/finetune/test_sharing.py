"""Common beginnings are computed once, and nothing else changes."""

import pytest
import torch

from finetune import models, sharing
from finetune.sharing import Group


def test_rows_are_grouped_by_a_beginning_worth_sharing():
    rows = [[1, 2, 3, 4, 9], [7, 7, 7], [1, 2, 3, 4, 8, 8], [1, 5, 5, 5]]
    assert [Group(4, (2, 0))] == [one for one in sharing.group(rows) if len(one.rows) > 1]


def test_rows_that_share_too_little_are_left_alone():
    ids = torch.tensor([[1, 2, 3, 4], [1, 5, 6, 7]])
    assert sharing.pack(ids, torch.ones_like(ids), torch.float32) is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_hidden_states_are_those_of_separate_rows(side, settings):
    model = models.load(settings).model.float()
    rows = [[5, 6, 7, 8, 9, 10], [5, 6, 7, 8, 20], [5, 6, 7, 8, 20, 21, 22], [30, 31]]
    width = max(map(len, rows))
    pads = [[0] * (width - len(row)) for row in rows]
    ids = torch.tensor([pad + row if side == "left" else row + pad for pad, row in zip(pads, rows, strict=True)])
    ones = [[1] * len(row) for row in rows]
    mask = torch.tensor([pad + one if side == "left" else one + pad for pad, one in zip(pads, ones, strict=True)])
    packed = sharing.pack(ids, mask, torch.float32)
    with torch.no_grad():
        states = model.model(
            input_ids=packed.ids, attention_mask=packed.mask, position_ids=packed.positions
        ).last_hidden_state.flatten(0, 1)
        alone = [model.model(input_ids=torch.tensor([row])).last_hidden_state[0] for row in rows]
    for row, keep, separate in zip(packed.where, mask.bool(), alone, strict=True):
        assert torch.allclose(states[row[keep]], separate, atol=1e-5)
    assert packed.ids.shape[0] == 2
