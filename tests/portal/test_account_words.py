"""Pages of somebody who is signed in have words for whatever the gateway and the portal API can say."""

import re
from pathlib import Path

from tiergate.domain.refusals import REFUSALS

ACCOUNT = Path(__file__).parents[2] / "portal/src/account"


def test_every_reason_of_the_gateway_is_told_in_words_of_its_own() -> None:
    told = re.findall(r"^  ([a-z_]+): \[", (ACCOUNT / "refusals.js").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(REFUSALS)


def test_no_secret_is_put_into_storage() -> None:
    """What these modules keep in the browser is the chosen organization alone."""
    kept = [
        (file.name, line.strip())
        for file in sorted(ACCOUNT.glob("*.js"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"(?:Storage|tab\??)\.setItem|document\.cookie|indexedDB", line)
    ]
    assert kept == [("me.js", "tab?.setItem(CHOSEN, id);")]
