"""What the tests of media borrow."""

from tests.oauth.conftest import flow

__all__ = ["flow"]
