"""All endpoints of version 1, one line for each feature.

Add your own lines below the comments "Your …": updates of the template do not touch them.
"""

from fastapi import APIRouter

from app.api.v1.endpoints import auth
from app.api.v1.endpoints import custom_models
from app.api.v1.endpoints import items
from app.api.v1.endpoints import llm
from app.api.v1.endpoints import llm_usage_report
from app.api.v1.endpoints import statistical
from app.api.v1.endpoints import users

# isort: split
# Your endpoints:

router = APIRouter()

# /docs shows the sections in this order.
router.include_router(auth.router)  # %if jwt
router.include_router(users.router)  # %if jwt
router.include_router(items.router)
router.include_router(custom_models.router)  # %if custom_models
router.include_router(llm.router)  # %if llm
router.include_router(llm_usage_report.router)  # %if llm_accounts
router.include_router(statistical.router)  # %if statistical

# Your paths:
