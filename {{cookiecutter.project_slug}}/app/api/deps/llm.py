"""Dependencies of language models: the runtime, the service, and the key of the quota."""

import hmac
from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.ai.llm.runtime import LlmRuntime
from app.ai.llm.service import LlmService
from app.ai.llm.usage import Requester
from app.api.deps.auth import CurrentUser
from app.api.deps.resources import ResourcesDep
from app.api.deps.scope import CurrentScope
from app.core.security import derive_key
from app.kit.http.client_ip import rate_limit_ip


async def get_llm_runtime(request: Request) -> LlmRuntime:
    runtime = request.app.state.llm
    assert isinstance(runtime, LlmRuntime)
    return runtime


LlmRuntimeDep = Annotated[LlmRuntime, Depends(get_llm_runtime)]


# %if jwt
async def quota_key_by_user(user: CurrentUser, resources: ResourcesDep) -> str:
    """Return a keyed hash of the e-mail address.

    A new account with the same address continues the quota of a deleted account. The key is stored
    longer than the account, so it must not contain the address itself.
    """
    key = derive_key(resources.settings.secret_key, "quota of language models")
    return hmac.digest(key, user.email.encode(), "sha256").hex()


# %endif
# %if llm_anonymous
async def quota_key_by_ip(request: Request, runtime: LlmRuntimeDep) -> str:
    """Return a keyed hash of the client's IP address, which is personal data."""
    return await runtime.client_ip_hasher.hash(rate_limit_ip(request))


# %endif
_quota_key = Depends(quota_key_by_user)  # %= Depends({{ cookiecutter.__llm_quota_key }})
QuotaKey = Annotated[str, _quota_key]


async def get_llm_service(
    resources: ResourcesDep, runtime: LlmRuntimeDep, quota_key: QuotaKey, scope: CurrentScope
) -> LlmService:
    """Return the service for one requester. It opens its own short units of work."""
    requester = Requester(quota_key, scope)
    return LlmService(runtime, resources.limiter, resources.settings, requester)


LlmServiceDep = Annotated[LlmService, Depends(get_llm_service)]
