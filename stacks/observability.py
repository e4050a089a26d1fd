"""The Observability stack: one dashboard, and alarms that say what to do. ``docs/monitoring.md`` explains each."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import CfnOutput, CrossStackReferences, Duration, ReferenceStrength, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.dashboard import GatewayDashboard
from stacks.settings import Settings
from tiergate.domain.metrics import NAMESPACE, SIGN_UP_FAILED, SYNC_FAILED, USAGE_UNREADABLE

GUIDE = "docs/monitoring.md"
MINUTE = Duration.minutes(1)
LATE = Duration.minutes(5)
SYNC_LATE = Duration.hours(1)

REFUSALS = {
    "gateway_fault": (
        "Calls are refused with 500 because the gateway could not decide on them or pass them on.",
        "Look for ERROR lines in the logs of authorizer and proxy, and roll back if it began with a deploy.",
    ),
    "admission_unavailable": (
        "Calls are refused with 503 because DynamoDB does not answer the authorizer in time.",
        "Look at DynamoDB's throttles and latency on the dashboard and at the AWS Health Dashboard.",
    ),
    "plan_not_deployed": (
        "Calls are refused with 500 because subscriptions have a plan that is not among the deployed policies.",
        "Deploy the plan again, or give those subscriptions another one.",
    ),
}
"""Our refusals that are nobody's fault but ours, by their codes: what each means, what to do."""

STORE_FAILURES = {
    "slow": (
        2,
        "DynamoDB does not answer the authorizer in time.",
        "Look at DynamoDB's times on the dashboard and at the AWS Health Dashboard.",
    ),
    "unreachable": (
        2,
        "The authorizer gets no connection to DynamoDB, or it breaks.",
        "Look at the AWS Health Dashboard, and roll back if it began with a deploy.",
    ),
    "throttled": (
        2,
        "DynamoDB asks the authorizer to come back later.",
        "Find the subscription that takes more than a partition can serve, and lease its plan or lower its rate.",
    ),
    "refused": (
        1,
        "DynamoDB refuses what the authorizer asks, for want of a permission, a table or good credentials.",
        "Read the error's name in the authorizer's log, and roll back if it began with a deploy.",
    ),
    "garbage": (
        1,
        "The authorizer cannot make sense of DynamoDB's answers, or of a counter in the usage table.",
        "Read the cause in the authorizer's log, and see who else writes to the table.",
    ),
    "skew": (
        1,
        "An instance's clock is over two seconds off DynamoDB's, so it cannot tell which window a call is in.",
        "Wait some minutes for Lambda to replace the instance, or deploy to replace all of them.",
    ),
    "issuer": (
        2,
        "An issuer of access tokens does not give the authorizer its keys, so calls with its tokens are refused.",
        "Read the issuer's name and the cause in the authorizer's log, and ask whoever runs that issuer.",
    ),
    "edge": (
        1,
        "The edge's keys cannot be read, so that instances refuse all calls once theirs are an hour old.",
        "Read the cause in the authorizer's log, and mend the secret or who may read it.",
    ),
}
"""How what the authorizer asks fails it: in how many of five minutes that is an alarm, what it means, what to do."""

FALLBACKS = {
    "open": (
        1,
        "Calls are admitted without being counted against limits, as far as their plans' failure rules go.",
        "Find the store's failure by its own alarm, and count what passed in the access log.",
    ),
    "grace": (
        2,
        "Calls are admitted by records that could not be read again, so a revoked key may be good for longer.",
        "Find the store's failure by its own alarm, and wait with what must take effect at once.",
    ),
}
"""The rules that let calls through meanwhile, in the same form."""


class ObservabilityStack(Stack):
    """Watches one stage. ``authorizers`` and ``proxies`` go by the name that tells them apart.

    It refers to other stacks by weak references: watching a function or a table never keeps it from being replaced
    or removed.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        gateway: api.HttpApi,
        authorizers: Mapping[str, lambda_.Function],
        proxies: Mapping[str, lambda_.Function],
        tables: Mapping[str, dynamodb.Table],
        roll_up: lambda_.Function,
        call_records: lambda_.Function,
        given_up: sqs.Queue,
        notices: lambda_.Function,
        sync: lambda_.Function,
        sync_queue: sqs.Queue,
        dead_letters: sqs.Queue,
        portal: lambda_.Function | None,
        portal_gateway: api.HttpApi | None,
        sign_up: lambda_.Function | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        self._settings = settings
        self._alarms: list[cloudwatch.IAlarm] = []
        self._alarm_scope = Construct(self, "Alarms")  # names are not to meet those of other constructs
        self._topic = (
            sns.Topic.from_topic_arn(self, "AlarmTopic", settings.alarm_topic) if settings.alarm_topic else None
        )
        functions = {f"authorizer-{name}": function for name, function in authorizers.items()}
        for name, function in functions.items():
            self._watch_errors(name, function)
        functions |= {f"proxy-{name}": function for name, function in proxies.items()}
        for name, function in functions.items():
            self._watch_capacity(name, function)
        self._watch_refusals()
        self._watch_store()
        self._watch_answers(gateway)
        for name, table in tables.items():
            self._watch_table(name, table)
        self._watch_usage(roll_up, given_up)
        self._watch_calls(call_records)
        self._watch_notices(notices)
        self._watch_sync(sync, sync_queue, dead_letters)
        followed = {"roll-up": roll_up, "call-records": call_records, "sync": sync}
        if portal and portal_gateway and sign_up:
            self._watch_portal(portal, portal_gateway)
            self._watch_sign_up(sign_up)
            followed |= {"portal": portal, "sign-up": sign_up}
        dashboard = GatewayDashboard(
            self,
            "Dashboard",
            name=f"{settings.prefix}-{self.region}",  # dashboards are the account's, not the region's
            stage=settings.stage,
            gateway=gateway,
            functions=functions | followed,
            tables=tables,
            alarms=self._alarms,
        )
        CfnOutput(self, "DashboardName", value=dashboard.name)

    def _watch_errors(self, name: str, function: lambda_.Function) -> None:
        self._alarm(
            f"{name}-errors",
            function.metric_errors(period=MINUTE, statistic="Sum"),
            topic="authorizer-errors",
            means="The authorizer crashes, runs out of time or does not start, and those calls are refused with 500.",
            do="Read its log group around that minute, and roll back if it began with a deploy.",
        )

    def _watch_capacity(self, name: str, function: lambda_.Function) -> None:
        self._alarm(
            f"{name}-throttles",
            function.metric_throttles(period=MINUTE, statistic="Sum"),
            topic="function-throttles",
            means="Lambda has no instance left for this function, and those calls fail with 5xx.",
            do="Raise its reserved concurrency or the account's quota, or lower the stage's throttle.",
        )
        reserved = cast(lambda_.CfnFunction, function.node.default_child).reserved_concurrent_executions
        if reserved:
            self._alarm(
                f"{name}-concurrency",
                function.metric("ConcurrentExecutions", period=MINUTE, statistic="Maximum"),
                topic="concurrency",
                threshold=0.8 * reserved,
                datapoints=3,
                means=f"This function uses 80 % or more of the {reserved:.0f} instances that are reserved for it.",
                do="Raise the number in stacks/settings.py or the API's policy before calls are throttled.",
            )

    def _watch_refusals(self) -> None:
        for reason, (means, do) in REFUSALS.items():
            metric = self._of_stage("Refusals", Reason=reason)
            self._alarm(reason, metric, topic=reason.replace("_", "-"), datapoints=1, means=means, do=do)

    def _watch_store(self) -> None:
        for kind, metric, reasons in (("store", "StoreFailures", STORE_FAILURES), ("fallback", "Fallbacks", FALLBACKS)):
            for reason, (datapoints, means, do) in reasons.items():
                name, found = f"{kind}-{reason}", self._of_stage(metric, Reason=reason)
                self._alarm(name, found, topic=name, datapoints=datapoints, means=means, do=do)

    def _watch_answers(self, gateway: api.HttpApi) -> None:
        """A share of the calls fits any traffic. The local emulator has no metric math, so there it is a count."""
        errors = gateway.metric_server_error(period=MINUTE, statistic="Sum")
        calls = gateway.metric_count(period=MINUTE, statistic="Sum")
        share = cloudwatch.MathExpression(
            expression="100 * errors / IF(calls > 100, calls, 100)",
            using_metrics={"errors": errors, "calls": calls},
            period=MINUTE,
            label="5xx, % of calls",
        )
        self._alarm(
            "api-5xx",
            errors if self._settings.local else share,
            topic="api-5xx",
            threshold=2,
            datapoints=3,
            means="At least 2 % of the calls are answered with 5xx, by the gateway or by an upstream.",
            do="See on the dashboard whether upstream errors, refusals or throttles rose with it.",
        )

    def _watch_table(self, name: str, table: dynamodb.Table) -> None:
        for kind in ("Read", "Write"):
            self._alarm(
                f"{name}-{kind.lower()}-throttles",
                table.metric(f"{kind}ThrottleEvents", period=MINUTE, statistic="Sum"),
                topic="table-throttles",
                means=f"DynamoDB throttles {kind.lower()}s of the {name} table, and calls are refused with 503.",
                do="Find the key that takes more than a partition can serve, or a bulk job on the table.",
            )

    def _watch_usage(self, roll_up: lambda_.Function, given_up: sqs.Queue) -> None:
        self._alarm(
            "usage-late",
            roll_up.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
            topic="usage-late",
            threshold=LATE.to_milliseconds(),
            datapoints=3,
            means="Use is recorded five minutes late or more, and so are the events of quotas' thresholds.",
            do="Read the roll-up function's log: a failure that is tried again, or more work than it can do.",
        )
        self._alarm(
            "usage-given-up",
            given_up.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
            topic="usage-given-up",
            datapoints=1,
            means="A batch of recorded use was given up, after it had been tried again for hours.",
            do="Mend what the roll-up function's log names, then empty the queue as the guide says.",
        )
        self._alarm(
            "usage-unreadable",
            self._of_stage(USAGE_UNREADABLE),
            topic="usage-unreadable",
            datapoints=1,
            means="A subscription's counters or records hold what the gateway did not write, so use is not recorded.",
            do="Find the subscription in the roll-up or notices function's log, and see who else writes to the tables.",
        )

    def _watch_calls(self, function: lambda_.Function) -> None:
        self._alarm(
            "call-records-errors",
            function.metric_errors(period=MINUTE, statistic="Sum"),
            topic="call-records-errors",
            means="Batches of the access log are not recorded, so partners do not see their newest calls.",
            do="Read the log of the function that counts calls: what it names is tried again for 20 minutes.",
        )

    def _of_stage(self, metric: str, **dimensions: str) -> cloudwatch.Metric:
        """A metric of ours, summed over a minute."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions_map={"Stage": self._settings.stage, **dimensions},
            period=MINUTE,
            statistic="Sum",
        )

    def _watch_notices(self, function: lambda_.Function) -> None:
        self._alarm(
            "notices-errors",
            function.metric_errors(period=MINUTE, statistic="Sum"),
            topic="notices-errors",
            datapoints=1,
            means="Consumers of deprecated APIs were not told of it, or not all of them; the next run tells them.",
            do="Read the notices function's log, mend what it names, and run it: tiergate lifecycle notify.",
        )

    def _watch_sync(self, function: lambda_.Function, queue: sqs.Queue, dead_letters: sqs.Queue) -> None:
        self._alarm(
            "sync-given-up",
            dead_letters.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
            topic="sync-given-up",
            datapoints=1,
            means="The sync gave something up, so a native usage plan or key is not what registry and policies say.",
            do="Read the reason in the letter, mend it, run tiergate sync, then empty the queue as the guide says.",
        )
        self._alarm(
            "sync-failed",
            self._of_stage(SYNC_FAILED),
            topic="sync-failed",
            means="The sync goes on failing for some applications or usage plans, and tries them again.",
            do="Read the failures of the last runs: tiergate audit --platform.",
        )
        self._alarm(
            "sync-errors",
            function.metric_errors(period=MINUTE, statistic="Sum"),
            topic="sync-errors",
            means="The sync function crashes, runs out of time or does not start; changes do not reach REST APIs.",
            do="Read its log group around that minute, and roll back if it began with a deploy.",
        )
        self._alarm(
            "sync-late",
            queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
            topic="sync-late",
            threshold=SYNC_LATE.to_seconds(),
            datapoints=3,
            means="Work of the sync has been waiting for an hour or more.",
            do="Look for throttled calls of API Gateway in its audit entries, and for errors in its log group.",
        )

    def _watch_portal(self, function: lambda_.Function, gateway: api.HttpApi) -> None:
        """Few people use it at a time, so that any failure is one too many."""
        self._alarm(
            "portal-5xx",
            gateway.metric_server_error(period=MINUTE, statistic="Sum"),
            topic="portal-5xx",
            means="The portal answers partners with 5xx; the APIs that they call do not go through it.",
            do="Read the ERROR lines of the portal function's log, and roll back if it began with a deploy.",
        )
        self._alarm(
            "portal-throttles",
            function.metric_throttles(period=MINUTE, statistic="Sum"),
            topic="function-throttles",
            means="Lambda has no instance left for the portal's function, and what partners do there fails.",
            do="Raise the account's quota of concurrent instances, or find who calls the portal so often.",
        )

    def _watch_sign_up(self, function: lambda_.Function) -> None:
        """Its errors tell nothing: whom it refuses by the rules is one to Lambda too."""
        self._alarm(
            "sign-up-failed",
            self._of_stage(SIGN_UP_FAILED),
            topic="sign-up-failed",
            datapoints=1,
            means="Nobody can sign up at the portal, as it cannot be counted how many do.",
            do="Read the sign-up function's log, and look at DynamoDB's throttles of the registry.",
        )
        self._alarm(
            "sign-up-throttles",
            function.metric_throttles(period=MINUTE, statistic="Sum"),
            topic="function-throttles",
            means="Lambda has no instance left for the function that Cognito asks, and people cannot sign up.",
            do="Raise the account's quota of concurrent instances, or find who signs up so often.",
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        topic: str,
        means: str,
        do: str,
        threshold: float = 1,
        datapoints: int = 2,
    ) -> None:
        """In alarm when ``datapoints`` of five minutes reach the threshold. ``topic``: its heading in the guide."""
        name = name.replace("/", "-").replace("_", "-")
        alarm = cloudwatch.Alarm(
            self._alarm_scope,
            name,
            alarm_name=f"{self._settings.prefix}-{name}",
            alarm_description=f"{means} {do} {GUIDE}#{topic}",
            metric=metric,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=threshold,
            evaluation_periods=5,
            datapoints_to_alarm=datapoints,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if self._topic:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
            alarm.add_ok_action(actions.SnsAction(self._topic))
        self._alarms.append(alarm)
