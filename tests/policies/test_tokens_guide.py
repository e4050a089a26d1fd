"""The examples of ``docs/tokens.md`` are issuers that work, beside each other and beside the shipped policies."""

import re
import shutil
from pathlib import Path

from tiergate.domain.issuers import Issuer
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "tokens.md").read_text(encoding="utf-8")
EXAMPLES = re.compile(r"^```yaml\n# (policies/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_issuers_of_the_guide_are_read_as_they_are_meant(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    found = EXAMPLES.findall(GUIDE)
    for name, text in found:
        (tmp_path / name).write_text(text, encoding="utf-8")
    bundle = compiled(checked(tmp_path / "policies"))
    names = {Path(name).stem for name, _ in found}
    foreign = {name: Issuer.of(name, raw) for name, raw in bundle["issuers"].items() if "cognito" not in raw}
    assert names - set(foreign) == {"partners"}
    assert {name: (issuer.client, issuer.scope) for name, issuer in foreign.items()} == {
        "acme": ("client_id", "scope"),
        "auth0": ("azp", "scope"),
        "entra": ("azp", "roles"),
        "okta": ("cid", "scp"),
        "keycloak": ("azp", "scope"),
        "cognito": ("client_id", "scope"),
    }
    for name, issuer in foreign.items():
        assert ("" in issuer.types and "jwt" in issuer.types) == (name != "acme")
