"""A web server that gives out files as they are, by Starlette's own FileResponse: no sign-in, no wall, no seal.

`uvicorn benches.plain:app`, with the folder in the environment variable PLAIN_FILES.
"""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

FOLDER = Path(os.environ.get("PLAIN_FILES", "."))


async def file(request: Request) -> FileResponse:
    return FileResponse(FOLDER / Path(request.path_params["name"]).name, media_type="application/octet-stream")


app = Starlette(routes=[Route("/{name}", file)])
