"""How often a trial on people decides rightly: python -m benchmarks.trial [--trials 1000].

Trials are simulated with rates that are known: people come at random, each is on one side for good, and the product's
own `decide` is asked after every rating, or after every answer where it is about refusals. `people` is how many there
are, of whom few say much (their shares follow a Pareto law); without it everybody says one thing. `alike` is how alike
the thumbs of one person are (the intraclass correlation of a beta-binomial law). A trial that is not decided after
`most` ratings is counted as such. Writes benchmarks/results/trial.json.
"""

import argparse
import json
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from statistics import mean
from typing import Any, Literal

from finetune.evidence import Rate
from finetune.trials import Arm, Verdict, decide

RESULTS = Path(__file__).parent / "results" / "trial.json"


@dataclass(frozen=True, slots=True)
class World:
    """How people are in one simulation."""

    current: float
    """How likely it happens with what serves."""
    candidate: float
    what: Literal["likes", "refusals"] = "likes"
    share: float = 0.2
    people: int | None = None
    alike: float = 0.0
    most: int = 1000


WORLDS = {
    "equal": World(0.6, 0.6),
    "equal, liked by nearly all": World(0.9, 0.9),
    "equal, half the people": World(0.6, 0.6, share=0.5),
    "equal, 40 people": World(0.6, 0.6, people=40, alike=0.2),
    "equal, 40 people who differ much": World(0.6, 0.6, people=40, alike=0.5),
    "equal, 200 people": World(0.6, 0.6, people=200, alike=0.2),
    "worse by 10 points": World(0.6, 0.5, most=2000),
    "worse by 20 points": World(0.6, 0.4),
    "better by 5 points": World(0.6, 0.65, most=3000),
    "better by 10 points": World(0.6, 0.7, most=2000),
    "better by 20 points": World(0.6, 0.8),
    "better by 10 points, half the people": World(0.6, 0.7, share=0.5),
    "better by 20 points, 200 people": World(0.6, 0.8, people=200, alike=0.2, most=2000),
    "better by 20 points, 40 people": World(0.6, 0.8, people=40, alike=0.2),
    "refusals stay at 2 %": World(0.02, 0.02, "refusals"),
    "refusals stay at 2 %, 40 people": World(0.02, 0.02, "refusals", people=40, alike=0.2),
    "refusals stay at 10 %, 40 people who differ much": World(0.1, 0.1, "refusals", people=40, alike=0.5),
    "refusals rise from 2 % to 10 %": World(0.02, 0.1, "refusals", most=2000),
    "refusals rise from 2 % to 50 %": World(0.02, 0.5, "refusals"),
    "refusals rise from 2 % to 50 %, 40 people": World(0.02, 0.5, "refusals", people=40, alike=0.2),
}


def simulate(world: World, rng: random.Random) -> tuple[Verdict, int]:
    """Run one trial; return the last verdict and the ratings or answers that it took."""
    draw = _people(world, rng)
    counts: dict[int, tuple[int, int]] = {}
    arms = {False: Rate(), True: Rate()}
    number, verdict = 0, decide(Arm(), Arm())
    while number < world.most and verdict.action == "go on":
        number += 1
        who, on, rate = draw()
        before = counts.get(who, (0, 0))
        after = (before[0] + (rng.random() < rate), before[1] + 1)
        counts[who] = after
        arms[on] = arms[on].changed(before, after)
        verdict = decide(_arm(world, arms[False]), _arm(world, arms[True]))
    return verdict, number


def _arm(world: World, rate: Rate) -> Arm:
    return Arm(likes=rate) if world.what == "likes" else Arm(refusals=rate)


def _people(world: World, rng: random.Random) -> Callable[[], tuple[int, bool, float]]:
    """Return what draws who says something next: who, whether they have the candidate, and how likely it happens."""

    def met() -> tuple[bool, float]:
        on = rng.random() < world.share
        rate = world.candidate if on else world.current
        if world.alike:
            spread = 1 / world.alike - 1
            rate = rng.betavariate(rate * spread, (1 - rate) * spread)
        return on, rate

    if world.people is None:
        numbers = iter(range(world.most))
        return lambda: (next(numbers), *met())
    known = [met() for _ in range(world.people)]
    talk = [rng.paretovariate(1.5) for _ in known]
    order = iter(rng.choices(range(world.people), talk, k=world.most))

    def again() -> tuple[int, bool, float]:
        who = next(order)
        return (who, *known[who])

    return again


def measure(world: World, trials: int, seed: int) -> dict[str, Any]:
    """Simulate many trials of one kind and count how they end."""
    rng = random.Random(seed)
    ended = [simulate(world, rng) for _ in range(trials)]
    actions = [verdict.action for verdict, _ in ended]
    decided = [number for verdict, number in ended if verdict.action != "go on"]
    return {
        "promoted": round(actions.count("promote") / trials, 4),
        "withdrawn": round(actions.count("withdraw") / trials, 4),
        "undecided": round(actions.count("go on") / trials, 4),
        "mean_until_decided": round(mean(decided), 1) if decided else None,
        "most": world.most,
    }


def main() -> None:
    """Simulate all worlds and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=int, help="ratings at most, for a quick look")
    options = parser.parse_args()
    figures: dict[str, Any] = {"trials": options.trials}
    worlds = [replace(world, most=options.most or world.most) for world in WORLDS.values()]
    with ProcessPoolExecutor(options.processes) as pool:
        found = pool.map(measure, worlds, repeat(options.trials), range(len(worlds)))
        for name, ended in zip(WORLDS, found, strict=True):
            figures[name] = ended
            print(f"{name}: {ended}", flush=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
