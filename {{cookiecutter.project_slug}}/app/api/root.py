"""The bare address of the server, which people open in a browser. Outside of any version."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)


@router.get("/")
async def open_documentation() -> RedirectResponse:
    """Lead to the documentation."""
    return RedirectResponse("/docs")
