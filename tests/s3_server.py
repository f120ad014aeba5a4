"""An S3 server on this machine (moto's), and what commands have to know of it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from cli_process import PATIENCE

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


class S3Server:
    """A running server.

    Attributes:
        settings: of the environment, for commands that are to use it.
        client: looks into it, without dovetool.
    """

    def __init__(self, endpoint: str) -> None:
        self.settings = {**KEYS, "AWS_ENDPOINT_URL": endpoint}
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )

    def make_bucket(self, name: str) -> None:
        self.client.create_bucket(Bucket=name)

    def put(self, bucket: str, key: str, octets: bytes) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=octets)

    def get(self, bucket: str, key: str) -> bytes:
        octets: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return octets

    def keys(self, bucket: str) -> list[str]:
        return sorted(each["Key"] for each in self.client.list_objects_v2(Bucket=bucket).get("Contents", ()))

    def unfinished(self, bucket: str) -> list[str]:
        """Keys of uploads that were begun, and neither completed nor given up."""
        return [each["Key"] for each in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A server that is there until the block ends; it logs into the folder."""
    port = free_port()
    with (folder / "moto.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield S3Server(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(url, timeout=5).close()
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the S3 server does not come up")
