"""``docs/performance.md`` shows the results that lie beside the scripts, and no others."""

from bench.document import BEGIN, DOCUMENT, END, RESULTS, figures


def test_the_documents_figures_are_those_of_the_results() -> None:
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    shown, end, _ = rest.partition(END)
    assert end
    assert shown.strip() == figures(RESULTS).strip()
