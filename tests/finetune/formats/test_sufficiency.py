"""Each method is told whether there is enough for it."""

from finetune.formats import sufficiency


def verdicts(rated):
    return {method.method: method.enough for method in sufficiency.methods(rated)}


def test_good_answers_alone_are_enough_for_sft_and_for_trying_answers(rate):
    assert verdicts([rate(n) for n in range(60)]) == {
        "sft": True,
        "dpo": False,
        "orpo": False,
        "reward": False,
        "kto": False,
        "rl": True,
    }


def test_corrected_answers_are_enough_for_all(rate):
    assert all(verdicts([rate(n, rating="down", correction=f"better {n}") for n in range(60)]).values())


def test_thumbs_of_one_kind_lack_the_other(rate):
    (kto,) = (one for one in sufficiency.methods([rate(n) for n in range(60)]) if one.method == "kto")
    assert "5 of each kind are wanted (up 60, down 0)" in kto.lacks
    assert kto.as_json()["enough"] is False
