"""The portal's site with the portal API in memory behind it, for somebody who is signed in or is about to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from tests.portal.fake_api import Fake
from tests.portal.fake_partner import ME, State
from tests.portal.fake_routes import ROUTES
from tests.portal.sites import TODAY
from tiergate.local.preview import server
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.portal.build import build

ROOT = Path(__file__).parents[2]
GATEWAY = "https://api.demo-bank.example"
CLIENT = "web"


class Portal(NamedTuple):
    url: str
    fake: Fake

    @contextmanager
    def opened(
        self, browser: Browser, path: str, *, signed_in: bool = True, theme: str = "light", width: int = 1440
    ) -> Iterator[Page]:
        """A page of the portal, in a context of its own."""
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        if signed_in:
            context.add_init_script(self._kept())
        page = context.new_page()
        page.goto(self.url + path)
        yield page
        context.close()

    def _kept(self) -> str:
        """A script that leaves what oidc.js keeps of somebody who has signed in, once."""
        profile = {"sub": ME, "email": self.fake.state.mail, "name": "Mira Korst"}
        tokens = {"access_token": "access", "refresh_token": "refresh", "id_token": "id", "scope": "openid"}
        user = json.dumps({**tokens, "expires_at": int(time.time()) + 3600, "profile": profile})
        place = f"portal.user:{self.url}/idp:{CLIENT}"
        return (
            "if (!sessionStorage.getItem('test')) {"
            f"sessionStorage.setItem({json.dumps(place)}, {json.dumps(user)}); sessionStorage.setItem('test', '1') }}"
        )


def built(out: Path) -> Path:
    """The site of this project's policies."""
    found = checked(ROOT / "policies")
    return build(found, published(found, {}), out=out, root=ROOT, today=TODAY).folder


@contextmanager
def portal(site: Path, state: State, folder: Path) -> Iterator[Portal]:
    """Serve a built site with an API that knows ``state``; ``folder`` takes its config.json."""
    fake = Fake(state, ROUTES)
    api = fake.start()
    config = folder / "config.json"
    upstreams = {"/api": api, "/idp": api, "/gateway": f"{api}/gateway"}
    serving = server(0, lambda: site, upstreams=upstreams, config=config)
    url = f"http://127.0.0.1:{serving.server_address[1]}"
    names = ("authorize", "token", "revoke", "logout", "jwks")
    auth = {"issuer": f"{url}/idp", "client_id": CLIENT, "sign_up": f"{url}/idp/authorize"}
    auth |= {name: f"{url}/idp/{name}" for name in names}
    config.write_text(json.dumps({"stage": "dev", "gateway": GATEWAY, "try": "/gateway", "auth": auth}))
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield Portal(url, fake)
    finally:
        serving.shutdown()
        serving.server_close()
