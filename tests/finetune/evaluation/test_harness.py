"""Public benchmarks are run by a library that need not be there."""

import importlib.util

import pytest

from finetune.errors import BadInput
from finetune.evaluation import harness


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is not None, reason="the harness is installed here")
def test_without_the_harness_one_line_says_how_to_install_it(settings):
    with pytest.raises(BadInput, match=r"pip install lm-eval==") as caught:
        harness.run(settings, None, ["mmlu"])
    assert len(str(caught.value).splitlines()) == 1


def test_the_numbers_are_taken_out_of_the_harness_results():
    row = {"alias": "arc_easy", "acc,none": 0.5, "acc_stderr,none": 0.01, "exact_match,strict": 0, "x": float("nan")}
    assert harness.figures({"arc_easy": row}) == {"arc_easy": {"acc": 0.5, "acc_stderr": 0.01, "exact_match,strict": 0}}
