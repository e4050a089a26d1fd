"""What is in the site's bucket, and in which order it changes: nobody who looks on sees a page without its parts."""

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from lambdas.site.archive import CONFIG, Archive, File
from tiergate.domain.site_files import ADDRESS, FEED, PAGE, cache_control, kind_of, lasting

AT_ONCE = 8
"""Files on their way to the bucket at a time, and so in memory."""

BATCH = 1000
"""Objects that S3 deletes in one call."""

LONGEST = timedelta(minutes=5)
"""What a publishing takes at most: what was put so long before a page, or later, came with it."""


class Incomplete(Exception):
    """S3 did not do all of it; the text says what."""


class Site(NamedTuple):
    """What the resource says. ``files``: bucket and key of the ZIP. ``config``: the text of ``/config.json``.

    ``url``: where it is served. ``emptied``: whether the bucket loses its files with the resource.
    """

    bucket: str
    distribution: str
    files: tuple[str, str]
    config: str
    url: str
    emptied: bool

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "Site":
        return cls(
            properties["Bucket"],
            properties["Distribution"],
            (properties["FilesBucket"], properties["FilesKey"]),
            properties["Config"],
            properties["Url"],
            properties["Emptied"] == "true",
        )


class Publisher:
    """``s3`` and ``cloudfront``: boto3's clients."""

    def __init__(self, s3: Any, cloudfront: Any) -> None:
        self._s3, self._cloudfront = s3, cloudfront

    def publish(self, site: Site, reference: str) -> None:
        """Parts first, the page last, then what no longer belongs goes; the same again leaves the same.

        Pages that are open go on: the parts of the site before this one stay until the next.

        ``reference``: the same for the same request, whose repeat then invalidates nothing anew.

        Raises
        ------
        ArchiveRefused
            The files are not those of a site; nothing was changed.
        Incomplete
            Something could not be removed.
        BotoCoreError, ClientError
            S3 or CloudFront did not do it.
        """
        with tempfile.TemporaryFile() as kept:
            bucket, key = site.files
            self._s3.download_fileobj(bucket, key, kept)
            archive = Archive(kept)
            before = dict(self._objects(site.bucket))
            parts = frozenset(filter(lasting, archive.names))
            self._put_all(site.bucket, archive.files(parts))
            self._put_all(site.bucket, archive.files(archive.names - parts - {PAGE, FEED}))
            for feed in archive.files(archive.names & {FEED}):
                self._put(site.bucket, File(FEED, feed.content.replace(ADDRESS.encode(), site.url.encode())))
            self._put(site.bucket, File(CONFIG, site.config.encode()))
            self._put_all(site.bucket, archive.files(frozenset({PAGE})))
        self._cloudfront.create_invalidation(
            DistributionId=site.distribution,
            InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference},
        )
        self._remove(site.bucket, _outdated(before) - archive.names - {CONFIG})

    def empty(self, bucket: str) -> None:
        """Without it CloudFormation cannot delete the bucket; one that is gone is empty. Raises as `publish`."""
        try:
            self._remove(bucket, (name for name, _ in self._objects(bucket)))
        except self._s3.exceptions.NoSuchBucket:
            return

    def _put_all(self, bucket: str, files: Iterable[File]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            under_way: deque[Future[None]] = deque()
            for file in files:
                if len(under_way) == AT_ONCE:
                    under_way.popleft().result()
                under_way.append(pool.submit(self._put, bucket, file))
            for each in under_way:
                each.result()

    def _put(self, bucket: str, file: File) -> None:
        self._s3.put_object(
            Bucket=bucket,
            Key=file.name,
            Body=file.content,
            ContentType=kind_of(file.name),
            CacheControl=cache_control(file.name),
        )

    def _objects(self, bucket: str) -> Iterator[tuple[str, datetime]]:
        """Names, and when each was put there last."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from ((each["Key"], each["LastModified"]) for each in page.get("Contents", ()))

    def _remove(self, bucket: str, names: Iterable[str]) -> None:
        left = list(names)
        for start in range(0, len(left), BATCH):
            keys = [{"Key": name} for name in left[start : start + BATCH]]
            done = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            if failed := done.get("Errors"):
                raise Incomplete(f"{failed[0]['Key']} could not be removed: {failed[0].get('Code')}")


def _outdated(before: Mapping[str, datetime]) -> set[str]:
    """Of what was there, all but the parts that came with its page."""
    if PAGE not in before:
        return {*before}
    since = before[PAGE] - LONGEST
    return {name for name, put in before.items() if not lasting(name) or put < since}
