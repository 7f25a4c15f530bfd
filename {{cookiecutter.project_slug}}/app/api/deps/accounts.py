"""The services of accounts."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.core.passwords import Passwords
from app.kit.http.disconnect import cancel_on_disconnect
from app.services.account_export import AccountExportService
from app.services.account_runtime import AccountRuntime
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from app.services.registration import RegistrationService


class RequestPasswords:
    """Hashes and verifies the passwords of one request, while its client is connected.

    Only the hashing is cancelled: what is written to the database is written to its end.
    """

    def __init__(self, passwords: Passwords, request: Request) -> None:
        self._passwords = passwords
        self._request = request

    async def hash(self, password: str) -> str:
        """Return the text to store instead of the password."""
        return await cancel_on_disconnect(self._request, self._passwords.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        """Return whether the password is right, and whether its hash should be replaced."""
        check = self._passwords.verify(password, password_hash)
        return await cancel_on_disconnect(self._request, check)


async def get_account_runtime(request: Request) -> AccountRuntime:
    """Return what accounts share within this process."""
    runtime = request.app.state.accounts
    assert isinstance(runtime, AccountRuntime)
    return runtime


AccountRuntimeDep = Annotated[AccountRuntime, Depends(get_account_runtime)]


async def get_login_session_service(runtime: AccountRuntimeDep) -> LoginSessionService:
    """Return the service for login sessions and their tokens."""
    return runtime.login_session_service()


async def get_account_service(request: Request, runtime: AccountRuntimeDep) -> AccountService:
    """Return the service for accounts."""
    return runtime.account_service(RequestPasswords(runtime.passwords, request))


LoginSessionServiceDep = Annotated[LoginSessionService, Depends(get_login_session_service)]
AccountServiceDep = Annotated[AccountService, Depends(get_account_service)]


async def get_registration_service(
    runtime: AccountRuntimeDep, accounts: AccountServiceDep
) -> RegistrationService:
    """Return the service for registration."""
    return runtime.registration_service(accounts)


async def get_account_export_service(runtime: AccountRuntimeDep) -> AccountExportService:
    """Return the service for exports."""
    return runtime.account_export_service()


RegistrationServiceDep = Annotated[RegistrationService, Depends(get_registration_service)]
AccountExportServiceDep = Annotated[AccountExportService, Depends(get_account_export_service)]
