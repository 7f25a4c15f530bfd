"""Every trouble that the server of a language model can make: the one table of them.

What a server says in its own words stays here: it can hold a key or what people wrote, so neither
the client nor the log is shown any of it.
"""

from dataclasses import dataclass

from app.core.exceptions import ContentRefused
from app.core.exceptions import DomainError
from app.core.exceptions import Unavailable
from app.core.exceptions import UpstreamFailed
from app.core.exceptions import UpstreamTimeout


@dataclass(frozen=True, slots=True)
class Fault:
    """What the client is told; whether to try again; whether the server looks ill by it."""

    error: type[DomainError]
    detail: str
    retry: bool = False
    ill: bool = False
    retry_after: int | None = None


FAULTS = {
    "llm_misconfigured": Fault(
        UpstreamFailed, "The language model refuses this server's key.", ill=True
    ),
    "llm_model_unavailable": Fault(
        UpstreamFailed, "The server of the language models does not have this one."
    ),
    "llm_out_of_credit": Fault(
        Unavailable, "The language model's quota is used up.", retry_after=3600
    ),
    "llm_overloaded": Fault(
        Unavailable, "The language model has too much to do.", retry=True, retry_after=1
    ),
    "llm_failed": Fault(
        UpstreamFailed, "The language model could not answer.", retry=True, ill=True
    ),
    "llm_request_refused": Fault(
        UpstreamFailed, "The language model's server does not take this request."
    ),
    "llm_timeout": Fault(
        UpstreamTimeout, "The language model took too long.", retry=True, ill=True
    ),
    "llm_unreachable": Fault(
        Unavailable, "The language model cannot be reached.", retry=True, ill=True, retry_after=5
    ),
    "llm_garbled": Fault(
        UpstreamFailed, "The language model's answer made no sense.", retry=True, ill=True
    ),
    "llm_cut": Fault(
        UpstreamFailed, "The language model's answer ended in the middle.", retry=True, ill=True
    ),
    "llm_filtered": Fault(
        ContentRefused, "The language model's content filter refuses this conversation."
    ),
    "llm_too_long": Fault(ContentRefused, "The conversation is too long for this language model."),
}
"""Code -> fault. The code is what programs may rely on."""


def fault(code: str, *, retry_after: int | None = None) -> DomainError:
    """The error of this code; the server's own ``retry_after``, in seconds, is preferred."""
    kind = FAULTS[code]
    error = kind.error(kind.detail, code=code)
    error.retry_after = retry_after or kind.retry_after
    return error
