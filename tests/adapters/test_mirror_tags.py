"""Tags of our keys that somebody changed: one run puts all in step again."""

from tests.fakes.mirrored import Account, application

ONE = application(1, retail="free", trade="open")


def test_a_key_whose_tag_names_another_subscription_is_made_anew_with_that_ones_value() -> None:
    """Both subscriptions are open again after one run."""
    account = Account(ONE)
    account.run()
    account.only(subscription="sub_1_trade")["tags"]["tiergate:subscription"] = "sub_1_retail"
    assert not account.run().failed
    account.assert_in_step([ONE])


def test_a_key_whose_tag_names_a_subscription_that_is_none_is_made_anew() -> None:
    account = Account(ONE)
    account.run()
    account.only(subscription="sub_1_retail")["tags"]["tiergate:subscription"] = "x"
    assert not account.run().failed
    account.assert_in_step([ONE])


def test_a_key_whose_tag_names_another_application_keeps_its_own_open() -> None:
    account = Account(ONE)
    account.run()
    account.only(subscription="sub_1_retail")["tags"]["tiergate:application"] = "app_9"
    assert not account.application("app_1").failed
    assert account.shown().keys() == account.expected([ONE]).keys()
    assert not account.run().failed
    account.assert_in_step([ONE])
