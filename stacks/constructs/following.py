"""A function that follows a table's stream, from the oldest record that it has."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from stacks.constructs.function import PythonFunction

READING = tuple(f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"))
"""What Lambda does with a stream in the function's name."""


class Pace(NamedTuple):
    """``batch``: records that one call takes at most; ``window``: seconds for which it waits for them.

    ``retries``, ``most_age``: how often, and until what age in seconds, a batch is tried again; later ones of its shard
    wait meanwhile.
    """

    batch: int
    window: int
    retries: int
    most_age: int


def follow(
    function: PythonFunction, table: dynamodb.Table, *, only: Mapping[str, Any], pace: Pace, given_up: sqs.Queue
) -> None:
    """``only``: the records that wake the function. ``given_up``: where Lambda leaves word of what it no longer
    tries."""
    stream = table.table_stream_arn or ""
    function.allow(*READING, on=stream)
    mapping = lambda_.CfnEventSourceMapping
    mapping(
        Stack.of(function),
        "Stream",
        function_name=function.function.function_name,
        event_source_arn=stream,
        starting_position="TRIM_HORIZON",
        batch_size=pace.batch,
        maximum_batching_window_in_seconds=pace.window,
        filter_criteria=mapping.FilterCriteriaProperty(
            filters=[mapping.FilterProperty(pattern=json.dumps(only))],
        ),
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=pace.retries,
        maximum_record_age_in_seconds=pace.most_age,
        destination_config=mapping.DestinationConfigProperty(
            on_failure=mapping.OnFailureProperty(destination=given_up.queue_arn)
        ),
    ).node.add_dependency(function)
