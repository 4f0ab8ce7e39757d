import gzip
import os
import re
import time
import traceback
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.data.sources import FilesSource, SourceError
from assets.data.sources.failures import UnreachableSourceError
from assets.data.sources.places import Place, places, reading
from tests.assets.data.sources.contract import SourceContract
from tests.assets.data.sources.pages import answering, serving


def memory(name: str, content: bytes) -> str:
    fsspec.filesystem("memory").pipe(f"/shop/{name}", content)
    return f"memory://shop/{name}"


def read(*paths: str) -> pa.Table:
    return pa.Table.from_batches(FilesSource(kind="files", path=paths if len(paths) > 1 else paths[0]).batches())


@pytest.fixture
def cleared() -> Iterator[None]:
    yield
    fsspec.filesystem("memory").rm("/shop", recursive=True)


def told(error: BaseException) -> str:
    """Everything that a page shows of an error, with its causes."""
    return "".join(traceback.format_exception(error))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def send_head(self):
            if "away" not in self.path:
                return super().send_head()
            self.send_error(503)
            return None

    with serving(partial(Quiet, directory=tmp_path)) as address:
        yield address


@pytest.mark.usefixtures("cleared")
class TestMemory(SourceContract):
    def read(self, rows: pa.Table, folder) -> Iterator[pa.RecordBatch]:
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink)
        return FilesSource(kind="files", path=memory("rows.parquet", sink.getvalue().to_pybytes())).batches()


@pytest.mark.usefixtures("cleared")
def test_patterns_and_lists_hold_for_addresses(tmp_path):
    for name in ("b.csv", "a.csv"):
        memory(name, f"name\n{name}\n".encode())
    local = tmp_path / "c.csv"
    local.write_text("name\nc.csv\n", encoding="utf-8")
    expected = [{"name": name, "_file": name} for name in ("c.csv", "a.csv", "b.csv")]
    assert read("memory://shop/*.csv", str(local)).to_pylist() == expected
    assert read("memory://shop/*.csv").to_pylist() == expected[1:]
    assert read(local.as_uri())["name"].to_pylist() == ["c.csv"]


@pytest.mark.usefixtures("cleared")
def test_the_identity_of_an_address_changes_with_its_content():
    path = memory("a.csv.gz", gzip.compress(b"a\n1\n"))
    source = FilesSource(kind="files", path=path)
    first = source.fingerprint()
    assert source.fingerprint() == first
    memory("a.csv.gz", gzip.compress(b"a\n2\n"))
    assert source.fingerprint() != first
    assert read(path)["a"].to_pylist() == [2]


def test_reads_pages(page, tmp_path):
    (tmp_path / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    pq.write_table(pa.table({"a": [2]}), tmp_path / "rows.parquet")
    assert read(f"{page}/rows.csv?signature=hunter2").to_pylist() == [{"a": 1}]
    assert read(f"{page}/rows.parquet").to_pylist() == [{"a": 2}]
    (found,) = places([f"{page}/rows.csv?signature=hunter2"])
    first = found.identity()
    assert "hunter2" not in f"{found.address} {found.name}"
    (tmp_path / "rows.csv").write_text("a\n2\n", encoding="utf-8")
    assert next(iter(places([f"{page}/rows.csv"]))).identity() != first


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere://a.csv", r"source\.path cannot be reached: .* says 'Protocol not known: nowhere'; check the scheme"),
        ("abfs://a/b.csv", r"needs a package that is not installed: abfs:// says 'Install adlfs to .*; install it"),
        ("memory://shop/none-*.csv", r"source\.path names no file: 'memory://shop/none-\*\.csv' does not exist there"),
    ],
)
def test_refuses_what_cannot_be_opened(path, message):
    with pytest.raises(SourceError, match=message):
        places([path])


def test_a_file_is_hashed_again_only_when_it_was_written_again(tmp_path, monkeypatch):
    from assets.data.sources import places as module

    file = tmp_path / "a.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(module, "_SETTLED_NS", 0)
    (found,) = places([str(file)])
    first = found.identity()
    monkeypatch.setattr(module, "_sha256_of", lambda path: "read again")
    assert found.identity() == first
    file.write_text("a\n12\n", encoding="utf-8")
    assert found.identity() == "read again"


@pytest.mark.parametrize("path", ["http://127.0.0.1:1/a.csv", "http://127.0.0.1:1/*.csv"])
def test_a_server_that_does_not_answer_may_be_asked_again(path):
    message = r"source\.path cannot be reached: .* says .Cannot connect .*; check the scheme, that the server is up"
    with pytest.raises(UnreachableSourceError, match=message):
        places([path])


def test_a_server_that_is_away_for_a_moment_may_be_asked_again(page, tmp_path):
    with pytest.raises(UnreachableSourceError, match=r"away\.csv' says '503 Service Unavailable'; check") as caught:
        places([f"{page}/away.csv?signature=hunter2"])
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__
    with pytest.raises(SourceError, match=r"source\.path names no file: '.*/none\.csv' does not exist there"):
        places([f"{page}/none.csv"])


@pytest.mark.usefixtures("cleared")
def test_a_server_that_goes_away_between_listing_and_reading_may_be_asked_again(tmp_path):
    (place,) = places([memory("rows.csv", b"a\n1\n")])
    with pytest.raises(UnreachableSourceError, match=r"'memory:///shop/rows\.csv' says 'reset'"), reading(place):
        raise ConnectionResetError("reset")
    (tmp_path / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    (place,) = places([str(tmp_path / "rows.csv")])
    with pytest.raises(SourceError, match=r"cannot be read: .* reset; look whether"), reading(place):
        raise ConnectionResetError("reset")


def test_a_file_is_hashed_again_though_its_size_and_its_time_are_those_of_before(tmp_path, monkeypatch):
    from assets.data.sources import places as module

    file = tmp_path / "a.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(module, "_SETTLED_NS", 0)
    (found,) = places([str(file)])
    first, before = found.identity(), file.stat()
    time.sleep(0.02)
    file.write_text("a\n2\n", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found.identity() != first


@pytest.mark.parametrize(
    "address",
    [
        "ftp://bob:s3cret@127.0.0.1:1/x.csv",
        "http://bob:s3cret@127.0.0.1:1/x.csv",
        "ftp://bob:s3cret/more@127.0.0.1:1/x.csv",
        "zip://x.csv::http://bob:s3cret@127.0.0.1:1/x.zip",
        "simplecache::ftp://bob:s3cret@127.0.0.1:1/x.csv",
        "abfs://bob:s3cret@account/x.csv",
    ],
)
def test_credentials_that_a_variable_brings_in_are_refused_and_not_repeated(address, monkeypatch):
    monkeypatch.setenv("DATA_URL", address)
    source = FilesSource(kind="files", path="{{ env('DATA_URL') }}")
    with pytest.raises(SourceError, match=r"source\.path holds credentials: .* has a part before an @") as raised:
        source.fingerprint()
    assert not re.search("bob|s3cret|more", told(raised.value))


@pytest.mark.parametrize("address", ["memory://shop/a@b.csv", "memory://shop/a:b@c.csv"])
def test_an_at_in_a_path_is_no_credential(address):
    with pytest.raises(SourceError, match="names no file"):
        places([address])


@pytest.mark.parametrize("status", [403, 404])
def test_a_signature_is_in_no_error_of_a_server(status):
    class Refuses(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None: ...

    with serving(Refuses) as page:
        source = FilesSource(kind="files", path=f"{page}/x.csv?sig=TOP%2FSECRET&who=bob")
        with pytest.raises(SourceError, match=rf"a file that cannot be read: '{page}/x\.csv': ") as raised:
            list(source.batches())
    assert not re.search("TOP|SECRET|bob", told(raised.value))


def test_words_that_repeat_a_signature_without_its_address_are_left_out(tmp_path):
    place = Place("http://a/x.csv", "x.csv", "http://a/x.csv?sig=TOP%2FSECRET", fsspec.filesystem("memory"))
    with pytest.raises(SourceError, match="OSError, whose words would repeat the address") as raised, reading(place):
        raise OSError("TOP/SECRET has expired")
    assert "SECRET" not in told(raised.value)


def test_files_that_only_their_query_tells_apart_are_all_read(tmp_path):
    with answering(lambda path: (200, f"a\n{path[-1]}\n".encode())) as page:
        rows = read(f"{page}/x.csv?part=1", f"{page}/x.csv?part=2")
    assert sorted(rows["a"].to_pylist()) == [1, 2]
    assert len(set(rows["_file"].to_pylist())) == 2
    assert "part=" not in str(rows["_file"].to_pylist())
