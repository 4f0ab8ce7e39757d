import re
import traceback

import pyarrow as pa
import pytest

from assets.data.sources import FilesSource, SourceError
from assets.data.sources.failures import UnreachableSourceError
from assets.data.sources.places import places
from tests.assets.data.sources.bucket import Bucket, NoCredentialsError, NoEndpointError

SOURCE = FilesSource(kind="files", path="bucket://shop/in/*.csv")


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> type[Bucket]:
    objects = {"shop/in/a.csv": b"a\n1\n", "shop/in/b.csv": b"a\n2\n", "shop/in/more/c.csv": b"a\n3\n", "shop/d": b"4"}
    monkeypatch.setattr(Bucket, "objects", objects)
    monkeypatch.setattr(Bucket, "opened", 0)
    monkeypatch.setattr(Bucket, "raises", None)
    Bucket.clear_instance_cache()
    return Bucket


def read() -> list[int]:
    return pa.Table.from_batches(SOURCE.batches())["a"].to_pylist()


def test_a_pattern_names_the_objects_under_a_prefix():
    assert read() == [1, 2]
    assert [place.address for place in places(["bucket://shop/in/**/*.csv"])] == [
        "bucket://shop/in/a.csv",
        "bucket://shop/in/b.csv",
        "bucket://shop/in/more/c.csv",
    ]


def test_what_the_store_tells_is_the_identity_and_nothing_is_read_for_it(bucket):
    assert SOURCE.fingerprint() == SOURCE.fingerprint()
    assert bucket.opened == 0


def test_a_changed_and_a_late_object_are_seen_though_the_driver_remembers_listings(bucket):
    seen = [SOURCE.fingerprint()]
    for name in ("shop/in/b.csv", "shop/in/late.csv"):
        bucket.objects[name] = b"a\n7\n"
        seen.append(SOURCE.fingerprint())
    assert len(set(seen)) == 3
    assert read() == [1, 7, 7]


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (
            NoCredentialsError("Unable to locate credentials"),
            "cannot be reached: .* says 'Unable to locate credentials'; c",
        ),
        (PermissionError("Access Denied"), r"cannot be reached: .* says 'Access Denied'; check .* the credentials in"),
        (FileNotFoundError("The specified bucket does not exist"), r"names no file: 'bucket://shop/in/\*\.csv' does"),
        (
            NoCredentialsError("bad bucket://shop/in/a.csv?sig=TOPSECRET"),
            "cannot be reached: .* says 'bad bucket://shop/in/a.csv'; check",
        ),
    ],
)
def test_what_a_driver_raises_is_one_sentence(bucket, monkeypatch, raised, message):
    monkeypatch.setattr(bucket, "raises", raised)
    with pytest.raises(SourceError, match=rf"^source\.path {message}") as caught:
        SOURCE.fingerprint()
    assert not re.search("TOPSECRET", "".join(traceback.format_exception(caught.value)))


def test_what_a_driver_raises_while_reading_names_the_object(bucket, monkeypatch):
    found = SOURCE.places()
    monkeypatch.setattr(bucket, "raises", NoCredentialsError("The token has expired"))
    with pytest.raises(SourceError, match=r"cannot be read: 'bucket://shop/in/a\.csv': The token has expired; mend"):
        SOURCE.own_schema(found[0])


def test_a_store_that_does_not_answer_may_be_asked_again(bucket, monkeypatch):
    found = SOURCE.places()
    monkeypatch.setattr(
        bucket, "raises", NoEndpointError("Could not connect to the endpoint URL: 'http://a/?sig=TOPSECRET'")
    )
    message = r"source\.path cannot be reached: .* says .Could not connect to the endpoint URL: 'http://a/"
    for ask in (SOURCE.fingerprint, lambda: SOURCE.own_schema(found[0])):
        with pytest.raises(UnreachableSourceError, match=message) as caught:
            ask()
        assert "TOPSECRET" not in str(caught.value)


@pytest.mark.parametrize("cache", ["simplecache", "filecache", "blockcache"])
def test_a_cache_in_an_address_is_refused(cache):
    message = rf"source\.path goes through a cache: '{cache}' in .* would give what it kept .*; take it out"
    for address in (f"{cache}::bucket://shop/in/a.csv", f"zip://a.csv::{cache}::bucket://shop/in/a.zip"):
        with pytest.raises(SourceError, match=message):
            places([address])
