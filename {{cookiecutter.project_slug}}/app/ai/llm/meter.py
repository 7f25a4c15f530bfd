"""What one call costs, counted while it runs."""

import time

from app.ai.llm.estimates import tokens_of
from app.ai.llm.estimates import tokens_of_turns
from app.ai.llm.port import End
from app.ai.llm.port import Part
from app.ai.llm.port import Question
from app.ai.llm.port import Spent
from app.models.llm_call import CANCELLED
from app.models.llm_call import DONE


class Meter:
    """Counts an answer; the server's own count is preferred once it is there."""

    def __init__(self, question: Question) -> None:
        self.outcome = CANCELLED
        self._question = question
        self._began = time.monotonic()
        self._texts: list[str] = []
        self._counted: Spent | None = None

    @property
    def milliseconds(self) -> int:
        """How long it has taken so far."""
        return round((time.monotonic() - self._began) * 1000)

    @property
    def spent(self) -> Spent:
        """The tokens so far. What fails before its first word has cost nothing."""
        if self._counted is not None:
            return self._counted
        if not self._texts and self.outcome not in (DONE, CANCELLED):
            return Spent(0, 0)
        return Spent(tokens_of_turns(self._question.turns), tokens_of("".join(self._texts)))

    def count(self, part: Part) -> None:
        """Add a part of the answer."""
        if isinstance(part, End):
            self.outcome = DONE
            self._counted = part.spent
        else:
            self._texts.append(part.text)
