"""Shallow tasks: each loads and calls the verb a handler would."""

from sqlalchemy import text

from app.kit.db import open_session
from app.kit.jobs import blueprint
from app.people.viewer import Viewer


@blueprint.periodic(cron="27 * * * *")
@blueprint.task(name="oauth.sweep", queue="oauth", queueing_lock="oauth.sweep")
def sweep(timestamp: int) -> None:
    """Forget requests and tokens whose time is over (the wall says which). `timestamp` is when it was due."""
    with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
        session.connection().execute(text("delete from oauth_request"))
        session.connection().execute(text("delete from oauth_token where expires_at < now() - interval '30 days'"))
