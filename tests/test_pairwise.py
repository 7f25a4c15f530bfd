"""Pairwise rows contain every pair of answers, and there are few of them."""

import itertools

from support import variants
from support.pairwise import pairs_of
from support.pairwise import pairwise_rows
from test_installed_projects import INSTALLED
from test_installed_projects import WANTED


def every_pair(choices: dict[str, list[str]]) -> set[frozenset[tuple[str, str]]]:
    """Every two answers of different questions."""
    return {
        frozenset([(one, first), (other, second)])
        for one, other in itertools.combinations(choices, 2)
        for first in choices[one]
        for second in choices[other]
    }


def test_every_pair_of_answers_occurs() -> None:
    rows = pairwise_rows(variants.CHOICES)
    assert set().union(*map(pairs_of, rows)) == every_pair(variants.CHOICES)
    assert len(rows) <= 10


def test_given_rows_come_first() -> None:
    choices = {"a": ["1", "2"], "b": ["1", "2"]}
    wanted = {"a": "2", "b": "2"}
    rows = pairwise_rows(choices, [wanted])
    assert rows[0] == wanted
    assert sorted(tuple(row.values()) for row in rows) == [
        *(("1", "1"), ("1", "2"), ("2", "1"), ("2", "2"))
    ]


def test_the_installed_variants_have_every_pair_of_core_answers() -> None:
    core = {name: variants.QUESTIONS[name] for name in variants.CORE}
    rows = [{name: getattr(variant, name) for name in core} for variant in INSTALLED]
    assert set().union(*map(pairs_of, rows)) == every_pair(core)
    assert len(rows) == len(core["database"]) * len(core["ai_custom_models"])  # no fewer can do


def test_each_module_is_installed_alone_and_all_together() -> None:
    alone = {tuple(variant.modules) for variant in INSTALLED}
    assert {(), *((name,) for name in variants.MODULES), variants.MODULES} <= alone


def test_all_tests_of_a_project_run_on_every_engine() -> None:
    assert {variant.database for variant in WANTED} == {*variants.QUESTIONS["database"]}
