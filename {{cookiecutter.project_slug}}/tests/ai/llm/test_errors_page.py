"""The table of provider errors in the documentation matches the code."""

import re

from app.ai.llm.errors import PROVIDER_ERRORS
from app.kit.project_metadata import ROOT

ROW = re.compile(
    r"\| .+ \| (?P<status>\d+) \| `(?P<code>\w+)` "
    r"\| (?P<retry_after>[^|]*)\| (?P<retried>yes|no) \|"
)


def test_the_table_has_every_provider_error() -> None:
    page = (ROOT / "docs" / "language-models.md").read_text(encoding="utf-8")
    rows = {row["code"]: row for row in ROW.finditer(page)}
    assert rows.keys() == PROVIDER_ERRORS.keys() | {"llm_circuit_open"}
    for code, failure in PROVIDER_ERRORS.items():
        row = rows[code]
        assert int(row["status"]) == failure.error.status, code
        assert (row["retried"] == "yes") == failure.retry, code
        assert str(failure.retry_after or "") in row["retry_after"], code
