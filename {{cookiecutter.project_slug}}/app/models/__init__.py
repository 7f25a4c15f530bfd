"""The tables. A model that is not named here is seen neither by Alembic nor by the application."""

from app.models.item import Item
from app.models.llm_call import LlmCall  # %if llm
from app.models.login_session import LoginSession  # %if jwt
from app.models.refresh_token import RefreshToken  # %if jwt
from app.models.statistical_model import StatisticalModel  # %if statistical
from app.models.user import User  # %if jwt

__all__ = [
    "Item",
    "LlmCall",  # %if llm
    "LoginSession",  # %if jwt
    "RefreshToken",  # %if jwt
    "StatisticalModel",  # %if statistical
    "User",  # %if jwt
]
