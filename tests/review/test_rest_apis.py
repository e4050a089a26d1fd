"""Whom a change of a REST API touches, and a product that sells nothing else."""

import copy

import pytest

from tests.review.test_refusals import NOW, Bundle, bundle, held, judged
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.gate import Definitions, losses, stated
from tiergate.domain.registry import Override
from tiergate.review.overrides import override_faults
from tiergate.review.preview import Stands, Touched, differing, touched

__all__ = ["bundle"]


@pytest.mark.parametrize("kind", ["rest_api_removed", "rest_api_moved", "product_rest_api_removed"])
def test_who_loses_a_rest_api_are_the_subscribers_of_products_that_sell_it(bundle: Bundle, kind: str) -> None:
    new = copy.deepcopy(bundle)
    if kind == "rest_api_moved":
        new["rest_apis"]["stock"]["stage"] = "next"
    else:
        del new["products"]["shop"]["rest_apis"]
    if kind == "rest_api_removed":
        del new["rest_apis"]
    (change,) = (each for each in differing(bundle, new) if each.kind == kind)
    stands = Stands((held(), held("sub_2", "beta", product="other")))
    assert touched(change, bundle, new, stands, NOW) == Touched(1, ("acme",))


def test_a_rest_api_that_comes_reaches_nobody(bundle: Bundle) -> None:
    old = copy.deepcopy(bundle)
    del old["rest_apis"]["stock"]
    (change,) = (each for each in differing(old, bundle) if each.kind == "rest_api_added")
    assert touched(change, old, bundle, Stands((held(),)), NOW) == Touched()


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_rest_api_stays_in_a_product_that_somebody_has_by_the_gates_words(bundle: Bundle, everywhere: bool) -> None:
    """Also where the product keeps its name and the environment no longer has it, as the bundle then says."""

    def withdraw(new: Bundle) -> None:
        del new["products"]["shop"]["rest_apis"]
        if everywhere:
            del new["rest_apis"]

    assert judged(bundle, withdraw, held(product="other")) == []
    (refused,) = judged(bundle, withdraw, held(), held("sub_2", "beta"))
    assert refused.subject == "stock, product shop"
    assert refused.reason == "2 subscriptions (acme, beta) have the product"
    assert refused.mend == "keep it there as long as anybody has the product"
    new = copy.deepcopy(bundle)
    withdraw(new)
    (loss,) = losses(*(Definitions.of(stated(each)) for each in (bundle, new)), NOW)
    assert loss.mend == refused.mend


def test_an_override_of_a_product_with_rest_apis_alone_must_leave_one_call_room(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    new["products"]["shop"]["apis"] = []
    catalogue, subscription = Catalogue.of(new), held().subscription
    assert override_faults(catalogue, subscription, Override({"hour": 1}, None)) == []
