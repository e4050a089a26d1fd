"""The pictures of pages that tests take, on one page: ``<page>-<state>-<theme>-<width>.png``."""

from html import escape
from itertools import groupby

from tests.portal.browser import PICTURES

STYLE = """
body { font: 15px system-ui; margin: 24px; background: #eceef2 }
figure { display: inline-block; margin: 8px; vertical-align: top }
img { max-height: 420px; max-width: 640px; border: 1px solid #aaa }
"""


def write_index() -> None:
    """An index.html beside the pictures, a section for each page."""
    if not PICTURES.is_dir():
        return
    names = sorted(picture.stem for picture in PICTURES.glob("*.png"))
    sections = "".join(
        f"<section><h2>{escape(page)}</h2>{''.join(map(_figure, own))}</section>"
        for page, own in groupby(names, lambda name: name.partition("-")[0])
    )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Pages of the portal</title><style>{STYLE}</style>"
    PICTURES.joinpath("index.html").write_text(f"{head}<h1>Pages of the portal</h1>{sections}", encoding="utf-8")


def _figure(name: str) -> str:
    image = f'<img loading="lazy" src="{name}.png" alt="">'
    return f'<figure><a href="{name}.png">{image}</a><figcaption>{escape(name)}</figcaption></figure>'
