"""What a browser has to say against a page: on the console, of policies, and of what could not be loaded."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

REPORTS = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
new ReportingObserver(reports => reports.forEach(report => console.error(`report: ${report.type}`)),
  {buffered: true}).observe();"""


def listen(page: Page, starts: tuple[str, ...]) -> list[str]:
    """What goes wrong from now on: broken policies, anything said on the console, dead links, what could not be loaded.

    Only the `starts` may be addresses of nothing, for what such a page looks like, and a link in a mail may have been
    used (410). A page that is left before all of it has come is no trouble.
    """
    trouble: list[str] = []

    def expected(url: str) -> bool:
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "") in starts

    def said(message: ConsoleMessage) -> None:
        known = expected(message.location["url"]) or "410 (Gone)" in message.text
        if message.type in ("error", "warning") and not known:
            trouble.append(f"{page.url} console: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= (500 if expected(response.url) else 400) and response.status != 410:
            trouble.append(f"{page.url} {response.status}: {response.url}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            trouble.append(f"{page.url} {request.failure}: {request.url}")

    page.add_init_script(REPORTS)
    page.on("console", said)
    page.on("response", answered)
    page.on("requestfailed", failed)
    return trouble
