"""The portal's API for each test."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.fakes.usage_records import create_usage_records_table
from tests.functions.conftest import Gateway
from tests.functions.portal_api.portal import PortalApi, packaged_files


@pytest.fixture(scope="session")
def portal_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaged_files(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def kms(dynamodb: Any, aws: boto3.Session) -> Any:
    """A client of moto's KMS, as long as ``dynamodb`` is moto's."""
    return aws.client("kms")


@pytest.fixture
def portal(gateway: Gateway, portal_files: Path, mac_key: str, kms: Any) -> PortalApi:
    return PortalApi(gateway, portal_files, mac_key=mac_key, kms=kms)


@pytest.fixture
def records(gateway: Gateway) -> None:
    create_usage_records_table(gateway.client, "records")
