import numpy as np

from assistant.guardrails.perceptron import Perceptron, together


def random(seed):
    numbers = np.random.default_rng(seed)
    return Perceptron(*(numbers.normal(size=size).astype(np.float32) for size in ((6, 4), (4,), (4, 3), (3,))))


def test_several_together_give_the_mean_of_their_logits():
    several = [random(seed) for seed in range(3)]
    vectors = np.random.default_rng(9).normal(size=(5, 6)).astype(np.float32)
    mean = np.mean([one.logits(vectors) for one in several], axis=0)
    assert np.allclose(together(several).logits(vectors), mean, atol=1e-4)
