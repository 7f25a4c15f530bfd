"""All paths of version 1: one line for each feature.

What stands below "Your" is yours alone: no update of the template comes between those lines.
"""

from fastapi import APIRouter

from app.api.v1.endpoints import auth  # %if jwt
from app.api.v1.endpoints import custom_models  # %if custom_models
from app.api.v1.endpoints import items
from app.api.v1.endpoints import llm  # %if llm
from app.api.v1.endpoints import llm_totals  # %if llm_accounts
from app.api.v1.endpoints import statistical  # %if statistical
from app.api.v1.endpoints import users  # %if jwt

# isort: split
# Your endpoints:

router = APIRouter()
router.include_router(auth.router)  # %if jwt
router.include_router(users.router)  # %if jwt
router.include_router(items.router)
router.include_router(custom_models.router)  # %if custom_models
router.include_router(llm.router)  # %if llm
router.include_router(llm_totals.router)  # %if llm_accounts
router.include_router(statistical.router)  # %if statistical

# Your paths:
