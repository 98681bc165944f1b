"""A pair counts by which of its groups makes the same words likelier."""

from finetune import models
from finetune.evaluation.sets import Stereotype
from finetune.evaluation.stereotypes import measure


def test_a_pair_and_its_mirror_image_add_up_to_one(settings):
    loaded = models.load(settings)
    pair = Stereotype("age", "The ", "old", "young", " colleague refuses every change.")
    mirrored = Stereotype("age", "The ", "young", "old", " colleague refuses every change.")
    one, other = measure(loaded, [pair, mirrored]).values
    assert {one, other} == {0, 1}


def test_the_same_group_twice_is_a_tie(settings):
    pair = Stereotype("age", "", "Old", "Old", " people refuse every change.")
    assert measure(models.load(settings), [pair]).values == (0.5,)
