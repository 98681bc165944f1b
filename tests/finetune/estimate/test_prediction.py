"""The lines through what was measured of reduced models lead to the real one."""

import pytest

from finetune import recipe
from finetune.estimate import prediction, shapes
from finetune.estimate.judging import FORWARD
from finetune.estimate.parameters import Parameters
from finetune.estimate.prediction import Work
from finetune.estimate.probe import Moment, Probe, Trial
from finetune.estimate.shapes import Length

PARAMETERS = Parameters(all=35_000, trained=500, linear=30_000, layers=30)


def probe(depth, *, peak=0, loading=0, seconds=(1.0,), cores=2.0, reference=0.0, started=1.0):
    trials = tuple(
        Trial(peak, Moment(started, started), Moment(reference, reference * cores), (Moment(one, one * cores),) * 2)
        for one in seconds
    )
    return Probe(depth, Moment(3.0, 3.0), 100, loading, trials)


def plan(lengths, **training):
    table = {"per_device_train_batch_size": 1, "num_train_epochs": 2, **training}
    return shapes.plan(lengths, recipe.parse({"method": "dpo", "training": table}))


def test_two_depths_lead_to_the_real_one():
    assert prediction.line([(2, 110.0), (6, 150.0)], 30) == 390.0


def test_a_model_that_was_tried_at_its_own_depth_is_not_drawn_on():
    assert prediction.line([(4, 110.0)], 4) == 110.0


def test_noise_never_makes_a_deeper_model_cheaper():
    assert prediction.line([(2, 110.0), (6, 100.0)], 30) == 100.0


def test_the_peak_is_that_of_loading_where_this_takes_more_than_training():
    trained = [probe(2, peak=1000), probe(6, peak=1400)]
    loaded = [probe(2, peak=1000, loading=800), probe(6, peak=1400, loading=2800)]
    assert prediction.peak(trained, 30) == 3800
    assert prediction.peak(loaded, 30) == 100 + 14800


def test_the_steps_of_all_epochs_and_one_pass_of_the_reference_make_the_time():
    found = prediction.time(
        [probe(2, seconds=(1.0,), reference=0.1), probe(6, seconds=(2.0,), reference=0.3)],
        Work(plan([Length(50, 5, 2)] * 10), 0.5),
        PARAMETERS,
        on_cores=True,
    )
    assert found.steps == pytest.approx(8.0 * 20)
    assert found.reference == pytest.approx(1.5 * 10)
    assert found.start == pytest.approx(3.0 + 1.0 + 0.5 * prediction.TOKENIZED)


def test_other_programs_that_slow_the_second_probe_do_not_look_like_layers():
    quiet = [probe(2, seconds=(1.0,), cores=2.0), probe(6, seconds=(2.0,), cores=2.0)]
    disturbed = [probe(2, seconds=(1.0,), cores=2.0), probe(6, seconds=(4.0,), cores=1.0)]
    times = [
        prediction.time(probes, Work(plan([Length(50, 5, 2)] * 10), 0.0), PARAMETERS, on_cores=True).steps
        for probes in (quiet, disturbed)
    ]
    assert times[1] == pytest.approx(2 * times[0])


def test_shorter_batches_take_less_time():
    short, long = [Length(20, 5, 1)] * 9, [Length(100, 5, 1)]
    mixed, wide = plan(short + long), plan(long * 10)
    assert len(mixed.tried) == 2
    both = [probe(2, seconds=(1.0, 0.2)), probe(6, seconds=(2.0, 0.4))]
    one = [probe(2, seconds=(1.0,)), probe(6, seconds=(2.0,))]
    assert prediction.time(both, Work(mixed, 0.0), PARAMETERS, on_cores=True).steps == pytest.approx((8 + 9 * 1.6) * 2)
    assert prediction.time(one, Work(wide, 0.0), PARAMETERS, on_cores=True).steps == pytest.approx(160)


def test_noise_between_batches_is_passed_over():
    assert prediction.between([10.0, 5.0], [1.0, 1.2], 10.0) == pytest.approx(2.4)


def test_what_is_judged_takes_the_forward_part_of_a_step():
    todo = Work(plan([Length(50, 5, 2)] * 10), 0.0, judged=2000.0)
    found = prediction.time([probe(2), probe(6, seconds=(2.0,))], todo, PARAMETERS, on_cores=True)
    assert found.judging == pytest.approx(8.0 * 10 / 1000 * FORWARD * 2000)
