"""Each request is noticed as one: what happens at a door belongs to it, and a refusal that nobody noted is one too."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import noticed
from app.kit.noticed import Event

_REFUSALS: dict[int, Event] = {401: "refused", 403: "refused", 429: "too_many"}


class Noticed:
    """Pure-ASGI middleware. `quiet` are routes whose 401 is an answer and no refusal."""

    def __init__(self, app: ASGIApp, quiet: tuple[str, ...] = ()) -> None:
        self.app = app
        self.quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        with noticed.asked_by(client[0] if client else "") as asking:

            async def noting(message: Message) -> None:
                event = _REFUSALS.get(message.get("status", 0))
                if event is not None and not asking.noticed:
                    route = getattr(scope.get("route"), "path", "no route")
                    if route not in self.quiet:
                        noticed.note(event, route)
                await send(message)

            await self.app(scope, receive, noting)
