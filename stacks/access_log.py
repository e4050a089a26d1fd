"""The access log's schema: one JSON object a request. ``docs/access-log.md`` says what each field means."""

from tiergate.domain.counters import BY_SUBSCRIPTION

OF_SUBSCRIPTIONS = f'{{ $.subscription = "{BY_SUBSCRIPTION}*" }}'
"""Filter pattern for the lines of subscriptions: not for calls of nobody, nor with keys to try things out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

FIELDS = {
    "time": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "api": "$context.authorizer.api",
    "operation": "$context.authorizer.operation",
    "status": "$context.status",
    "decision": "$context.authorizer.decision",
    "reason": "$context.authorizer.reason",
    "cause": "$context.authorizer.cause",
    "fallback": "$context.authorizer.fallback",
    "organization": "$context.authorizer.organization",
    "application": "$context.authorizer.application",
    "subscription": "$context.authorizer.subscription",
    "credential": "$context.authorizer.credential",
    "scheme": "$context.authorizer.scheme",
    "product": "$context.authorizer.product",
    "plan": "$context.authorizer.plan",
    "cost": "$context.authorizer.cost",
    "address": "$context.authorizer.address",
    "authorizer_latency": "$context.authorizer.took",
    "integration_latency": "$context.integrationLatency",
    "latency": "$context.responseLatency",
    "integration_error": "$context.integrationErrorMessage",
    "gateway_error": "$context.error.message",
    "bytes": "$context.responseLength",
}
