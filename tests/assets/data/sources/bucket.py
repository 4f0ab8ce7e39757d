"""An object store as s3fs shows one: listings are remembered, an ETag tells content, errors are the driver's own."""

import hashlib
import io
from typing import Any

from fsspec import AbstractFileSystem, register_implementation


class NoCredentialsError(Exception):
    """As of a driver, whose errors are not Python's."""


class NoEndpointError(Exception):
    """As botocore names a server that does not answer."""


NoEndpointError.__module__, NoEndpointError.__name__ = "botocore.exceptions", "ConnectionError"


class Bucket(AbstractFileSystem):
    """Objects by their keys; how often one was opened, and what the next call raises."""

    protocol = "bucket"
    objects: dict[str, bytes] = {}  # noqa: RUF012  # all instances show the one store
    opened = 0
    raises: Exception | None = None

    def ls(self, path: str, detail: bool = True, **more: object) -> list[Any]:
        path = self._strip_protocol(path).rstrip("/")
        if self.raises:
            raise self.raises
        if path not in self.dircache:
            names = {path + "/" + key[len(path) + 1 :].partition("/")[0] for key in self.objects if path + "/" in key}
            found = [self._entry(name) for name in sorted(names or ({path} & self.objects.keys()))]
            if not found:
                raise FileNotFoundError(path)
            self.dircache[path] = found
        return self.dircache[path] if detail else [entry["name"] for entry in self.dircache[path]]

    def _entry(self, name: str) -> dict[str, object]:
        content = self.objects.get(name)
        if content is None:
            return {"name": name, "size": 0, "type": "directory"}
        return {"name": name, "size": len(content), "type": "file", "ETag": hashlib.md5(content).hexdigest()}

    def invalidate_cache(self, path: str | None = None) -> None:
        self.dircache.clear()

    def _open(self, path: str, mode: str = "rb", **more: object) -> io.BytesIO:
        if self.raises:
            raise self.raises
        type(self).opened += 1
        return io.BytesIO(self.objects[path])


register_implementation("bucket", Bucket)
