"""The dashboard of one stage. What is by API is found by search, so new APIs and plans appear by themselves."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tiergate.domain.metrics import NAMESPACE

MINUTE = Duration.minutes(1)

MOST_ALARMS = 100
"""That one widget shows."""

BY_PLAN, BY_REASON = ("Api", "Plan"), ("Reason",)


class GatewayDashboard(Construct):
    """Alarms first, then what callers see, then what it stands on."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        stage: str,
        gateway: api.HttpApi,
        functions: Mapping[str, lambda_.Function],
        tables: Mapping[str, dynamodb.Table],
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, id_)
        self.name = name
        self._stage = stage
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            default_interval=Duration.hours(3),
            widgets=[
                [
                    cloudwatch.AlarmStatusWidget(
                        title="Alarms: docs/monitoring.md says what to do", alarms=alarms[:MOST_ALARMS], width=24
                    )
                ],
                [
                    self._searched("Requests a minute, by API and plan", "Requests", BY_PLAN),
                    self._searched("Refusals a minute, by reason", "Refusals", BY_REASON),
                    self._searched("Upstream errors a minute, by API and plan", "UpstreamErrors", BY_PLAN),
                ],
                [
                    self._searched("Authorizer, ms", "AuthorizerLatency", BY_PLAN, "p50", "p99"),
                    self._searched("Proxy without the upstream, ms", "ProxyLatency", BY_PLAN, "p50", "p99"),
                    self._searched("Upstream, ms", "UpstreamLatency", BY_PLAN, "p50", "p99"),
                ],
                [
                    _answers(gateway),
                    _times(gateway),
                    self._searched("Upstream errors a minute, by reason", "UpstreamErrors", BY_REASON),
                ],
                [
                    _graph("Function errors", [_of(functions, "Errors", "Sum")]),
                    _graph("Function throttles", [_of(functions, "Throttles", "Sum")]),
                    _graph("Instances at work", [_of(functions, "ConcurrentExecutions", "Maximum")]),
                ],
                [
                    _graph(
                        "Store failures (left) and fallbacks (right) a minute, by reason",
                        [self._search("StoreFailures", BY_REASON), self._search("Fallbacks", BY_REASON)],
                    ),
                    _tables("DynamoDB throttles", tables, ("ReadThrottleEvents", "WriteThrottleEvents")),
                    _table_times(tables),
                    _tables("DynamoDB units", tables, ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")),
                ],
            ],
        )

    def _searched(self, title: str, metric: str, dimensions: Sequence[str], *statistics: str) -> cloudwatch.GraphWidget:
        return _graph(title, [self._search(metric, dimensions, *statistics)])

    def _search(self, metric: str, dimensions: Sequence[str], *statistics: str) -> list[cloudwatch.IMetric]:
        """A metric of ours, one line for each value of the dimensions that there is."""
        schema = ",".join((NAMESPACE, "Stage", *dimensions))
        found = f'{{{schema}}} MetricName="{metric}" Stage="{self._stage}"'
        label = " ".join(f"${{PROP('Dim.{dimension}')}}" for dimension in dimensions)
        return [
            cloudwatch.MathExpression(
                expression=f"SEARCH('{found}', '{each}', 60)",
                using_metrics={},
                label=f"{label} {each}" if statistics else label,
                period=MINUTE,
            )
            for each in statistics or ("Sum",)
        ]


def _graph(title: str, metrics: Sequence[Sequence[cloudwatch.IMetric]]) -> cloudwatch.GraphWidget:
    left, *right = metrics
    return cloudwatch.GraphWidget(
        title=title,
        left=left,
        right=[metric for each in right for metric in each],
        left_y_axis=cloudwatch.YAxisProps(min=0),
        width=8,
        height=6,
    )


def _answers(gateway: api.HttpApi) -> cloudwatch.GraphWidget:
    return _graph(
        "Answers of the API a minute",
        [
            [
                gateway.metric_count(label="all", period=MINUTE, statistic="Sum"),
                gateway.metric_client_error(label="4xx", period=MINUTE, statistic="Sum"),
                gateway.metric_server_error(label="5xx", period=MINUTE, statistic="Sum"),
            ]
        ],
    )


def _times(gateway: api.HttpApi) -> cloudwatch.GraphWidget:
    """All of a call, and the part of it behind the authorizer."""
    return _graph(
        "The whole call, and proxy with upstream, ms",
        [
            [
                measured(label=f"{label} {statistic}", period=MINUTE, statistic=statistic)
                for label, measured in (
                    ("call", gateway.metric_latency),
                    ("integration", gateway.metric_integration_latency),
                )
                for statistic in ("p50", "p99")
            ]
        ],
    )


def _of(functions: Mapping[str, lambda_.Function], metric: str, statistic: str) -> list[cloudwatch.IMetric]:
    return [
        function.metric(metric, label=name, period=MINUTE, statistic=statistic) for name, function in functions.items()
    ]


def _tables(title: str, tables: Mapping[str, dynamodb.Table], metrics: Sequence[str]) -> cloudwatch.GraphWidget:
    return _graph(
        title,
        [
            [
                table.metric(metric, label=f"{name} {metric}", period=MINUTE, statistic="Sum")
                for name, table in tables.items()
                for metric in metrics
            ]
        ],
    )


def _table_times(tables: Mapping[str, dynamodb.Table]) -> cloudwatch.GraphWidget:
    """Of the two calls that the request path makes."""
    return _graph(
        "DynamoDB, ms",
        [
            [
                cloudwatch.Metric(
                    namespace="AWS/DynamoDB",
                    metric_name="SuccessfulRequestLatency",
                    dimensions_map={"TableName": table.table_name, "Operation": operation},
                    label=f"{name} {operation} {statistic}",
                    period=MINUTE,
                    statistic=statistic,
                )
                for name, table in tables.items()
                for operation in ("GetItem", "UpdateItem")
                for statistic in ("Average", "Maximum")
            ]
        ],
    )
