"""The rows of answers that are tried: every pair is in one, and there are few of them."""

import itertools

import support
from covering import covering
from covering import pairs
from test_installed import INSTALLED


def every_pair(choices: dict[str, list[str]]) -> set[frozenset[tuple[str, str]]]:
    """Every two answers of different questions."""
    return {
        frozenset([(one, first), (other, second)])
        for one, other in itertools.combinations(choices, 2)
        for first in choices[one]
        for second in choices[other]
    }


def test_every_pair_of_answers_occurs() -> None:
    rows = covering(support.CHOICES)
    assert set().union(*map(pairs, rows)) == every_pair(support.CHOICES)
    assert len(rows) <= 10


def test_rows_that_are_wanted_come_first() -> None:
    choices = {"a": ["1", "2"], "b": ["1", "2"]}
    wanted = {"a": "2", "b": "2"}
    rows = covering(choices, [wanted])
    assert rows[0] == wanted
    assert sorted(tuple(row.values()) for row in rows) == [
        *(("1", "1"), ("1", "2"), ("2", "1"), ("2", "2"))
    ]


def test_the_installed_variants_hold_every_pair_of_the_core() -> None:
    core = {name: support.ANSWERS[name] for name in support.CORE}
    rows = [{name: getattr(variant, name) for name in core} for variant in INSTALLED]
    assert set().union(*map(pairs, rows)) == every_pair(core)
    assert len(rows) <= 7


def test_each_module_is_installed_alone_and_all_of_them_together() -> None:
    alone = {tuple(variant.modules) for variant in INSTALLED}
    assert {(), *((name,) for name in support.MODULES), support.MODULES} <= alone
