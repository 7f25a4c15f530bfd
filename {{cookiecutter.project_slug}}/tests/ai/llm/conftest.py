"""Fixtures: the fake model server of the tests of the endpoints."""

from tests.integration.llm.conftest import fake as fake
from tests.integration.llm.conftest import llm_apps as llm_apps
