"""Fixtures: the tiny models of the tests of the endpoints."""

from tests.integration.local_models.conftest import app as app
from tests.integration.local_models.conftest import config_file as config_file
from tests.integration.local_models.conftest import model_folders as model_folders
