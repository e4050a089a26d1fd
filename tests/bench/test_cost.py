"""The arithmetic of what calls cost, by hand."""

import re

import pytest

from bench.cost import billed_ms, bills, prices
from stacks.settings import ROOT

CPU = {"authorizer_leased": 250.0, "authorizer_exact": 400.0, "proxy": 500.0, "usual_authorizer": 2600.0}
WRITES = {"leased": 0.1, "exact": 1.0}
MILLISECOND = 1_000_000 * 0.001 * 0.5 * 0.0000133334
"""Of a function of 512 MB, a million times."""


def test_a_call_is_billed_in_whole_milliseconds_of_a_share_of_a_core_and_of_waiting() -> None:
    assert billed_ms(1769, 1000, 0) == 1
    assert billed_ms(1769, 1001, 0) == 2
    assert billed_ms(512, 250, 0) == 1
    assert billed_ms(512, 400, 4) == 6


def test_a_direct_leased_call_pays_for_waiting_and_writing_as_often_as_it_writes() -> None:
    bill = bills(prices(), CPU, WRITES)["direct"]["leased"]
    assert bill.gateway == 1.0
    assert bill.functions == pytest.approx(0.2 + MILLISECOND * (0.9 * 1 + 0.1 * 5))
    assert bill.dynamodb == pytest.approx(0.0625)
    assert bill.total == pytest.approx(bill.gateway + bill.functions + bill.dynamodb)


def test_a_managed_exact_call_pays_for_two_functions_and_the_wait_for_the_upstream() -> None:
    bill = bills(prices(), CPU, WRITES)["managed"]["exact"]
    assert bill.functions == pytest.approx(0.4 + MILLISECOND * 6 + MILLISECOND / 2 * 54)
    assert bill.dynamodb == pytest.approx(0.625)
    assert (bill.access_log, bill.platform_logs) == (pytest.approx(0.25), pytest.approx(0.36))


def test_functions_have_the_memory_that_is_billed() -> None:
    memory = prices()["assumed"]["memory_mb"]
    for name, file in (("authorizer", "stacks/gateway.py"), ("proxy", "stacks/constructs/managed.py")):
        assert re.findall(r"(?i)memory ?= ?(\d+)", (ROOT / file).read_text()) == [str(memory[name])]
