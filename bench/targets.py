"""The figures to reach."""

from typing import NamedTuple


class Target(NamedTuple):
    """A limit to keep, or with ``least`` to reach. ``figure``: where the results have what is measured."""

    what: str
    limit: float
    unit: str
    figure: tuple[str, ...]
    least: bool = False


WITH_LOG = "usd_per_million_with_access_log"

TARGETS = {
    "leased": Target("authorizer, leased: CPU", 1.1, "× floor", ("ratio_to_floor", "authorizer_leased")),
    "exact": Target("authorizer, exact: CPU", 1.8, "× floor", ("ratio_to_floor", "authorizer_exact")),
    "token": Target("a known token against a key, leased: CPU", 1.05, "×", ("token_to_key",)),
    "usual": Target("usual authorizer against ours, leased", 8.0, "×", ("usual_to_authorizer_leased",), least=True),
    "usual_exact": Target("usual authorizer against ours, exact", 8.0, "×", ("usual_to_authorizer_exact",), least=True),
    "writes": Target(
        "authorizer, leased: writes a request", 0.15, "", ("dynamodb_writes_a_request", "authorizer_leased")
    ),
    "matching": Target("one operation of 300 found", 10.0, "µs", ("operation_matching_us",)),
    "proxy": Target("proxy, 2 KB JSON: above the floor", 250.0, "µs", ("proxy_above_floor_us",)),
    "cold": Target("authorizer: cold start, with TLS", 80.0, "ms CPU", ("cold_cpu_ms", "authorizer_tls")),
    "rss": Target("authorizer: memory, with TLS", 30.0, "MiB", ("rss_mib", "authorizer_tls")),
    "zip": Target("authorizer without tokens: zipped", 200.0, "KB", ("zip_kb", "authorizer_tls")),
    "direct": Target("a million calls, direct, leased", 1.25, "USD", ("usd_per_million", "direct", "leased")),
    "managed": Target("a million calls, managed, leased", 1.6, "USD", ("usd_per_million", "managed", "leased")),
    "direct_log": Target("direct, leased, with access log", 1.5, "USD", (WITH_LOG, "direct", "leased")),
    "managed_log": Target("managed, leased, with access log", 1.9, "USD", (WITH_LOG, "managed", "leased")),
}
