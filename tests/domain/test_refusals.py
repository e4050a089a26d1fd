"""``docs/refusals.md`` lists every refusal as it is sent."""

from pathlib import Path

from tiergate.domain.refusals import REFUSALS

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"


def test_the_page_has_every_refusal_with_its_own_words():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    words = {
        "support": "your support address",
        "wait": "*n*",
        "credentials": "*what the API accepts*",
        "credentials_in": "*what the API accepts*",
        "sunset": "*day*",
        "until": "*moment*",
        "instead": "*What to call instead*",
    }
    ordered = sorted(REFUSALS.values(), key=lambda refusal: refusal.status)
    assert rows == [
        f"| `{each.code}` | {each.status} | {each.detail.format(**words)} | {each.next.format(**words)} |"
        for each in ordered
    ]
