"""The tables. A model that is not named here is seen neither by Alembic nor by the application."""

from app.models.ip_hash_key import IpHashKey as IpHashKey  # %if llm_anonymous
from app.models.item import Item as Item
from app.models.job import Job as Job
from app.models.llm_call import LlmCall as LlmCall  # %if llm
from app.models.login_session import KnownClientIp as KnownClientIp  # %if jwt
from app.models.login_session import LoginSession as LoginSession  # %if jwt
from app.models.login_session import RefreshToken as RefreshToken  # %if jwt
from app.models.statistical_model import StatisticalModel as StatisticalModel  # %if statistical
from app.models.statistical_model import TrainingTurn as TrainingTurn  # %if statistical
from app.models.user import Invitation as Invitation  # %if jwt
from app.models.user import User as User  # %if jwt

# isort: split
# Your tables:
