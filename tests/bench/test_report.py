"""What the samples of a run say: ratios within rounds, sizes with what functions bring along."""

from typing import Any

from bench.cost import prices
from bench.measure import Sample
from bench.report import results, zipped
from bench.targets import TARGETS

CPU = {
    "floor": [200.0, 300.0, 250.0],
    "authorizer_leased": [300.0, 450.0, 375.0],
    "authorizer_exact": [400.0, 600.0, 500.0],
    "authorizer_tls": [420.0, 620.0, 520.0],
    "authorizer_token": [312.0, 468.0, 390.0],
    "proxy": [450.0, 500.0, 475.0],
    "usual_authorizer": [2_600.0, 3_900.0, 3_250.0],
}
SIZES = dict.fromkeys(CPU, (190.0, 0.0)) | {"authorizer_token": (201.5, 4_321.0)}


def figures(**others: list[float]) -> dict[str, Any]:
    cpu = CPU | others
    samples = {
        name: [Sample(each, 80.0, 20.0, 0.0, float(name.endswith("exact"))) for each in rounds]
        for name, rounds in cpu.items()
    }
    return results(samples, SIZES | dict.fromkeys(others, (150.0, 0.0)), 2.5, prices(), None)


def test_a_token_is_compared_with_a_key_within_each_round() -> None:
    found = figures()

    assert found["token_to_key"] == {"median": 1.04, "min": 1.04, "max": 1.04}
    (target,) = [each for each in found["targets"] if each["what"] == TARGETS["token"].what]
    assert (target["met"], target["limit"]) == (True, 1.05)


def test_a_token_that_costs_more_than_a_twentieth_above_a_key_misses_its_target() -> None:
    found = figures(authorizer_token=[330.0, 495.0, 412.5])

    (target,) = [each for each in found["targets"] if each["what"] == TARGETS["token"].what]
    assert target["verdict"] == "MISSED by a factor of 1.05"


def test_another_checkout_is_compared_with_within_each_round() -> None:
    found = figures(other_leased=[250.0, 500.0, 300.0])

    assert found["request_to_other"] == {"other_leased": {"median": 1.2, "min": 0.9, "max": 1.25}}
    assert found["cold_to_other"]["other_leased"]["median"] == 1.0


def test_without_another_checkout_nothing_is_compared() -> None:
    assert "request_to_other" not in figures()


def test_the_libraries_that_a_function_brings_along_stand_beside_its_package() -> None:
    found = figures()

    assert zipped(found, "authorizer_token") == "201.5 + 4,321"
    assert zipped(found, "authorizer_tls") == "190.0"
