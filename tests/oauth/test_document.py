"""The OpenAPI document says what the API does: schemathesis makes requests of it and looks at every answer."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import CheckContext  # noqa: F401
from schemathesis.specs.openapi import checks

from app.kit.config import settings
from tests.oauth.conftest import StartFlow
from tests.oauth.test_api import with_picture
