"""The table of troubles in the documentation says what the code does."""

import re

from app.ai.llm.faults import FAULTS
from app.api.errors import STATUSES
from app.core.project import ROOT

ROW = re.compile(
    r"\| .+ \| (?P<status>\d+) \| `(?P<code>\w+)` \| (?P<wait>[^|]*)\| (?P<again>yes|no) \|"
)


def test_every_fault_is_in_the_table_as_it_is() -> None:
    page = (ROOT / "docs" / "language-models.md").read_text(encoding="utf-8")
    rows = {row["code"]: row for row in ROW.finditer(page)}
    assert rows.keys() == FAULTS.keys() | {"llm_circuit_open"}
    for code, fault in FAULTS.items():
        row = rows[code]
        assert int(row["status"]) == STATUSES[fault.error], code
        assert (row["again"] == "yes") == fault.retry, code
        assert str(fault.retry_after or "") in row["wait"], code
