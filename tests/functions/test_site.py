"""The portal's site in its bucket: what is put there, in which order, and what is refused."""

import io
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.site import archive, publish
from lambdas.site.archive import Archive, ArchiveRefused
from lambdas.site.publish import LONGEST, Incomplete, Publisher, Site
from tests.fakes.cloudformation import CloudFormation
from tests.functions.conftest import fresh

FILES = {
    "index.html": b"<!doctype html>",
    "assets/app-1A2B3C4D.js": b"import './other.js'",
    "assets/other-5E6F7A2B.js": b"",
    "content/catalog.json": b"{}",
    "changelog.xml": b"<link>https://portal.invalid/changelog</link>",
}
SITE = Site("site", "E1", ("uploads", "site.zip"), '{"stage": "dev"}', "https://partners.example.com", True)


class FakeCloudFront:
    def __init__(self) -> None:
        self.invalidated: list[dict[str, Any]] = []

    def create_invalidation(self, **request: Any) -> None:
        self.invalidated.append(request)


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in ("site", "uploads"):
            client.create_bucket(Bucket=bucket)
        yield client


@pytest.fixture
def cloudfront() -> FakeCloudFront:
    return FakeCloudFront()


@pytest.fixture
def publisher(s3: Any, cloudfront: FakeCloudFront) -> Publisher:
    return Publisher(s3, cloudfront)


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in files.items():
            folder.writestr(name, content)
    return made.getvalue()


def upload(s3: Any, files: dict[str, bytes]) -> None:
    s3.put_object(Bucket="uploads", Key="site.zip", Body=zipped(files))


def names(s3: Any) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket="site").get("Contents", [])}


def at(s3: Any, times: dict[str, datetime]) -> None:
    """Have S3 say that objects were put there then."""

    def told(parsed: Any, **_: Any) -> None:
        for each in parsed.get("Contents", ()):
            each["LastModified"] = times.get(each["Key"], each["LastModified"])

    s3.meta.events.register("after-call.s3.ListObjectsV2", told)


def written(s3: Any) -> list[str]:
    """The names in the order of their writing, and "-name" for what is removed."""
    order: list[str] = []
    s3.meta.events.register(
        "before-parameter-build.s3.PutObject", lambda params, **_: order.append(params["Key"]), unique_id="put"
    )
    s3.meta.events.register(
        "before-parameter-build.s3.DeleteObjects",
        lambda params, **_: order.extend(f"-{each['Key']}" for each in params["Delete"]["Objects"]),
        unique_id="delete",
    )
    return order


def test_files_are_served_with_their_types_and_kept_for_as_long_as_they_stay_the_same(s3: Any, publisher: Publisher):
    upload(s3, FILES)
    publisher.publish(SITE, "r1")
    told = {
        name: (found["ContentType"], found["CacheControl"], found["Body"].read())
        for name in names(s3)
        for found in [s3.get_object(Bucket="site", Key=name)]
    }
    assert told == {
        "index.html": ("text/html; charset=utf-8", "no-cache", b"<!doctype html>"),
        "assets/app-1A2B3C4D.js": (
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
            b"import './other.js'",
        ),
        "assets/other-5E6F7A2B.js": ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable", b""),
        "content/catalog.json": ("application/json; charset=utf-8", "no-cache", b"{}"),
        "changelog.xml": (
            "application/rss+xml; charset=utf-8",
            "no-cache",
            b"<link>https://partners.example.com/changelog</link>",
        ),
        "config.json": ("application/json; charset=utf-8", "no-cache", b'{"stage": "dev"}'),
    }


def test_a_page_comes_after_all_that_it_names_and_what_no_longer_belongs_goes_at_the_end(
    s3: Any, publisher: Publisher, cloudfront: FakeCloudFront
):
    s3.put_object(Bucket="site", Key="assets/old-9F9F9F9F.js", Body=b"")
    upload(s3, FILES)
    order = written(s3)
    publisher.publish(SITE, "r1")
    assert set(order[:2]) == {"assets/app-1A2B3C4D.js", "assets/other-5E6F7A2B.js"}
    assert order[-3:] == ["config.json", "index.html", "-assets/old-9F9F9F9F.js"]
    assert names(s3) == {*FILES, "config.json"}
    (invalidated,) = cloudfront.invalidated
    assert invalidated["DistributionId"] == "E1"
    assert invalidated["InvalidationBatch"] == {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "r1"}


def test_open_pages_go_on_with_the_parts_they_came_with_until_the_site_after_the_next(s3: Any, publisher: Publisher):
    page = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    put = {"index.html": page, "content/gone.json": page}
    put |= {"assets/then-9F9F9F9F.js": page - timedelta(seconds=200), "assets/long_ago-8E8E8E8E.js": page - LONGEST * 2}
    for name in put:
        s3.put_object(Bucket="site", Key=name, Body=b"")
    at(s3, put)
    upload(s3, FILES)
    publisher.publish(SITE, "r1")
    assert names(s3) == {*FILES, "config.json", "assets/then-9F9F9F9F.js"}
    put["index.html"] += timedelta(days=1)
    publisher.publish(SITE, "r2")
    assert names(s3) == {*FILES, "config.json"}


def test_a_publish_that_broke_off_leaves_the_parts_of_the_page_that_is_there(s3: Any, publisher: Publisher):
    upload(s3, FILES)
    publisher.publish(SITE, "r1")
    upload(s3, {"index.html": b"new", "assets/new-2B2B2B2B.js": b"", "content/catalog.json": b"[]"})

    def refused(params: Any, **_: Any) -> None:
        if params["Key"] == "config.json":
            raise ConnectionError("S3 is away")

    s3.meta.events.register("before-parameter-build.s3.PutObject", refused)
    with pytest.raises(ConnectionError):
        publisher.publish(SITE, "r2")
    assert names(s3) >= {*FILES}
    assert s3.get_object(Bucket="site", Key="index.html")["Body"].read() == FILES["index.html"]


def test_a_second_publish_of_the_same_leaves_the_same(s3: Any, publisher: Publisher):
    upload(s3, FILES)
    publisher.publish(SITE, "r1")
    order = written(s3)
    publisher.publish(SITE, "r2")
    assert not [name for name in order if name.startswith("-")]
    assert names(s3) == {*FILES, "config.json"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../index.html", "not a name below the site's folder"),
        ("/etc/passwd", "not a name below the site's folder"),
        ("assets/../../x.js", "not a name below the site's folder"),
        ("assets\\x.js", "not a name below the site's folder"),
        ("a//b.js", "not a name below the site's folder"),
        ("./x.js", "not a name below the site's folder"),
        ("x\n.js", "not a name below the site's folder"),
        ("config.json", "config.json is the deploy's to write"),
        ("content/" + "é" * 510, "has more than 1024 bytes, which S3 does not take"),
    ],
)
def test_a_name_that_leads_elsewhere_changes_nothing(s3: Any, publisher: Publisher, name: str, why: str):
    upload(s3, {**FILES, name: b"x"})
    with pytest.raises(ArchiveRefused, match=why):
        publisher.publish(SITE, "r1")
    assert names(s3) == set()


def test_a_link_in_the_archive_changes_nothing(s3: Any, publisher: Publisher):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as folder:
        folder.writestr("index.html", b"")
        link = zipfile.ZipInfo("assets/link.js")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        folder.writestr(link, "/etc/passwd")
    s3.put_object(Bucket="uploads", Key="site.zip", Body=made.getvalue())
    with pytest.raises(ArchiveRefused, match="is not a file"):
        publisher.publish(SITE, "r1")
    assert names(s3) == set()


def test_what_is_no_site_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch):
    for content, why in (
        (b"no zip", "the files are no ZIP"),
        (zipped({"a.html": b""}), "there is no index.html"),
    ):
        with pytest.raises(ArchiveRefused, match=why):
            Archive(io.BytesIO(content))
    monkeypatch.setattr(archive, "LARGEST", 10)
    with pytest.raises(ArchiveRefused, match=r"index\.html has 15 bytes; a file has 10 at most"):
        Archive(io.BytesIO(zipped(FILES)))
    monkeypatch.setattr(archive, "LARGEST", 1000)
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(ArchiveRefused, match="a site has at most 2 files"):
        Archive(io.BytesIO(zipped(FILES)))


def test_a_file_that_was_damaged_on_its_way_is_named_or_whole_all_the_same():
    good = zipped({"index.html": b"x" * 5000})
    refusals = []
    for byte in range(good.index(b"index.html") + 10, good.index(b"PK\x01\x02")):
        bad = bytearray(good)
        bad[byte] ^= 0xFF
        try:
            (file,) = Archive(io.BytesIO(bytes(bad))).files(frozenset({"index.html"}))
        except ArchiveRefused as error:
            refusals.append(str(error))
        else:
            assert file.content == b"x" * 5000
    assert refusals
    assert all(each.startswith("index.html cannot be read: ") for each in refusals)


def test_no_more_files_are_in_memory_than_are_on_their_way(monkeypatch: pytest.MonkeyPatch, cloudfront: FakeCloudFront):
    monkeypatch.setattr(publish, "AT_ONCE", 2)
    read, put, most = 0, 0, 0

    class Counting:
        def put_object(self, **_: Any) -> None:
            nonlocal put
            put += 1

    def files() -> Iterator[archive.File]:
        nonlocal read, most
        for number in range(20):
            read += 1
            most = max(most, read - put)
            yield archive.File(f"{number}.js", b"")

    Publisher(Counting(), cloudfront)._put_all("site", files())
    assert put == 20
    assert most <= 4  # two on their way, one in hand, one that is counted a moment late


def test_the_bucket_is_emptied_with_the_resource_whatever_is_in_it(s3: Any, publisher: Publisher):
    for number in range(1001):
        s3.put_object(Bucket="site", Key=f"{number}.js", Body=b"")
    publisher.empty("site")
    assert names(s3) == set()
    publisher.empty("gone")


def test_what_s3_does_not_remove_is_told(cloudfront: FakeCloudFront):
    class Refusing:
        def delete_objects(self, **_: Any) -> Any:
            return {"Errors": [{"Key": "a.js", "Code": "AccessDenied"}]}

    with pytest.raises(Incomplete, match=r"a\.js could not be removed: AccessDenied"):
        Publisher(Refusing(), cloudfront)._remove("site", ["a.js"])


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    made = CloudFormation()
    yield made
    made.close()


@pytest.fixture
def invoke(s3: Any, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    handler = fresh("lambdas.site.handler")
    monkeypatch.setattr(handler, "PUBLISHER", publisher)
    return lambda event: handler.handler(event, None)


PROPERTIES = {
    "Bucket": "site",
    "Distribution": "E1",
    "FilesBucket": "uploads",
    "FilesKey": "site.zip",
    "Config": "{}",
    "Url": "https://partners.example.com",
    "Emptied": "true",
}


def test_a_deploy_publishes_and_the_end_of_the_stack_empties(s3: Any, invoke: Any, cloudformation: CloudFormation):
    upload(s3, FILES)
    assert cloudformation.deploy(invoke, **PROPERTIES).refused == ""
    assert names(s3) == {*FILES, "config.json"}
    assert cloudformation.ask(invoke, {**PROPERTIES, "Emptied": "false"}, kind="Delete") == ""
    assert names(s3) == {*FILES, "config.json"}
    assert cloudformation.ask(invoke, PROPERTIES, kind="Delete") == ""
    assert names(s3) == set()


def test_a_deploy_that_cannot_publish_fails_and_says_why(
    s3: Any, invoke: Any, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
):
    upload(s3, {"other.html": b""})
    assert cloudformation.ask(invoke, PROPERTIES) == "the portal's site: there is no index.html"
    reason = cloudformation.ask(invoke, {**PROPERTIES, "FilesKey": "none.zip"})
    assert reason == "the portal's site: ClientError; the log of the function that publishes it has more"
    assert "the site was not published" in capsys.readouterr().out


def test_nobody_else_publishes(invoke: Any):
    with pytest.raises(ValueError, match="only CloudFormation publishes the site"):
        invoke({"Records": []})
