"""Reads a line in CloudWatch's embedded metric format, and holds it to the rules of the format.

Specification: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator
from typing import Any

UNITS = {"Count", "Milliseconds"}
"""Of those that CloudWatch knows, the ones in use."""


def read(line: str) -> dict[str, Any]:
    """The document of a line that CloudWatch would take."""
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert len(line.encode()) < 256 * 1024
    document: dict[str, Any] = json.loads(line)
    metadata = document["_aws"]
    assert set(metadata) == {"Timestamp", "CloudWatchMetrics"}
    assert type(metadata["Timestamp"]) is int
    assert 1e12 < metadata["Timestamp"] < 1e13, "not in milliseconds"
    for directive in metadata["CloudWatchMetrics"]:
        _check_directive(directive, document)
    return document


def values_of(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Each metric of a document: its name, the values of its dimensions, its value."""
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            for metric in directive["Metrics"]:
                yield metric["Name"], tuple(document[name] for name in names), document[metric["Name"]]


def is_embedded_metric(line: str) -> bool:
    return '"CloudWatchMetrics"' in line


def _check_directive(directive: dict[str, Any], document: dict[str, Any]) -> None:
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert 1 <= len(directive["Namespace"]) <= 255
    assert directive["Dimensions"]
    for names in directive["Dimensions"]:
        assert 1 <= len(names) <= 30
        for name in names:
            assert name.isascii()
            assert not name.startswith(":")
            value = document[name]
            assert isinstance(value, str)
            assert value.isascii()
            assert value.isprintable()
            assert 1 <= len(value.strip()) <= 1024
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert 1 <= len(set(names)) == len(names) <= 100
    for metric in directive["Metrics"]:
        assert metric["Unit"] in UNITS
        _check_value(document[metric["Name"]])


def _check_value(value: Any) -> None:
    """A number, or a distribution as AWS's own collector writes it."""
    if not isinstance(value, dict):
        assert type(value) in {int, float}
        return
    assert set(value) == {"Values", "Counts", "Min", "Max", "Count", "Sum"}
    assert 1 <= len(value["Values"]) == len(value["Counts"]) <= 100
    assert all(type(count) is int and count > 0 for count in value["Counts"])
    assert value["Values"] == sorted(value["Values"])
    assert (value["Min"], value["Max"]) == (value["Values"][0], value["Values"][-1])
    assert value["Count"] == sum(value["Counts"])
    assert all(type(each) in {int, float} and each >= 0 for each in (*value["Values"], value["Sum"]))
