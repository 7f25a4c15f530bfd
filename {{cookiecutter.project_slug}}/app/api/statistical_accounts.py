"""What becomes of models when their owner goes: the rows go with the account, the files here."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Depends

from app.api.authentication import CurrentUser
from app.api.statistical import SharedStatistical


async def forget_my_models(user: CurrentUser, runtime: SharedStatistical) -> AsyncIterator[None]:
    """Behind it, when the account is gone: delete the files of one's models."""
    ids = await runtime.ids_of(user.id)
    yield
    await runtime.forget(ids)


async def forget_their_models(
    _user: CurrentUser, user_id: UUID, runtime: SharedStatistical
) -> AsyncIterator[None]:
    """The same for somebody else's account. An error on the way leaves everything as it is."""
    ids = await runtime.ids_of(user_id)
    yield
    await runtime.forget(ids)


ForgetMyModels = Depends(forget_my_models, scope="function")
ForgetTheirModels = Depends(forget_their_models, scope="function")
"""For ``dependencies`` of a path: these begin before its session, so they end after its commit."""
