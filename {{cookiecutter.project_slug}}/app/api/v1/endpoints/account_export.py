"""The path of everything that is stored about oneself."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.api.deps.accounts import AccountExportServiceDep
from app.api.deps.auth import CurrentUser
from app.kit.exceptions import RateLimited
from app.kit.http.problems import error_responses
from app.schemas.account_export import ExportedAccount

router = APIRouter(prefix="/users", tags=["users"])

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="account.json"',
}


@router.get("/me/export", response_model=ExportedAccount, responses=error_responses(RateLimited))
async def export_me(user: CurrentUser, account: AccountExportServiceDep) -> StreamingResponse:
    """Everything that is stored about you, to take with you.

    Not in it: the hash of your password and the fingerprints of your tokens, which are secrets.
    """
    parts = await account.export(user)
    return StreamingResponse(parts, media_type="application/json", headers=HEADERS)
