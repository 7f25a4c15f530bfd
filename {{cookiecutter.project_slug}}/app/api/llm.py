"""The use cases of language models, as FastAPI dependencies."""

from hashlib import sha256  # %if llm_anonymous
from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.ai.llm.ledger import Asker
from app.ai.llm.ledger import Ledger
from app.ai.llm.runtime import LlmRuntime
from app.ai.llm.service import LlmService
from app.api.authentication import CurrentUser  # %if jwt
from app.api.counted_address import counted_address  # %if llm_anonymous
from app.api.deps import CurrentScope
from app.api.resources import SharedResources
from app.repositories.llm_calls import LlmCallRepository
from app.repositories.units import Units


async def get_llm_runtime(request: Request) -> LlmRuntime:
    """What all calls of this process share."""
    runtime = request.app.state.llm
    assert isinstance(runtime, LlmRuntime)
    return runtime


SharedLlm = Annotated[LlmRuntime, Depends(get_llm_runtime)]


# %if jwt
async def payer_by_person(user: CurrentUser) -> str:
    """Whose quota a request counts against: the person's who asks."""
    return str(user.id)


# %endif
# %if llm_anonymous
async def payer_by_address(request: Request) -> str:
    """Whose quota a request counts against: the address's, as a hash, since it is personal."""
    return sha256(counted_address(request).encode()).hexdigest()


# %endif
_payer = Depends(payer_by_person)  # %= Depends({{ cookiecutter.__payer }})
Payer = Annotated[str, _payer]


async def get_llm_service(
    resources: SharedResources, runtime: SharedLlm, payer: Payer, scope: CurrentScope
) -> LlmService:
    """The use cases for whoever asks. It opens its own short units of work."""
    settings = resources.settings
    ledger = Ledger(Units(resources.database, LlmCallRepository), settings.llm_tokens_per_day)
    return LlmService(runtime, ledger, resources.limiter, settings, Asker(payer, scope))


Llm = Annotated[LlmService, Depends(get_llm_service)]
