"""The services of accounts."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.api.deps.auth import AccountRuntimeDep
from app.api.deps.auth import CurrentUser
from app.api.deps.resources import ReadSessionDep
from app.api.deps.resources import WriteSessionDep
from app.core.passwords import Passwords
from app.kit.http.disconnect import cancel_on_disconnect
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.users import UserRepository
from app.services.account_export import AccountExportService
from app.services.accounts import AccountService
from app.services.registration import RegistrationService
from app.services.users import UserService


class RequestPasswords:
    """Hashes and verifies the passwords of one request, while its client is connected.

    Only the hashing is cancelled: what is written to the database is written to its end.
    """

    def __init__(self, passwords: Passwords, request: Request) -> None:
        self._passwords = passwords
        self._request = request

    async def hash(self, password: str) -> str:
        return await cancel_on_disconnect(self._request, self._passwords.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        check = self._passwords.verify(password, password_hash)
        return await cancel_on_disconnect(self._request, check)


async def get_account_service(request: Request, runtime: AccountRuntimeDep) -> AccountService:
    return runtime.account_service(RequestPasswords(runtime.passwords, request))


AccountServiceDep = Annotated[AccountService, Depends(get_account_service)]


async def get_registration_service(
    runtime: AccountRuntimeDep, accounts: AccountServiceDep
) -> RegistrationService:
    return runtime.registration_service(accounts)


async def get_account_export_service(runtime: AccountRuntimeDep) -> AccountExportService:
    return runtime.account_export_service()


async def get_user_read_service(_user: CurrentUser, session: ReadSessionDep) -> UserService:
    """Return the service for users, for requests that change nothing."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


async def get_user_service(_user: CurrentUser, session: WriteSessionDep) -> UserService:
    """Return the service for users, for requests that change something."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


RegistrationServiceDep = Annotated[RegistrationService, Depends(get_registration_service)]
AccountExportServiceDep = Annotated[AccountExportService, Depends(get_account_export_service)]
UserReadServiceDep = Annotated[UserService, Depends(get_user_read_service)]
UserServiceDep = Annotated[UserService, Depends(get_user_service)]
