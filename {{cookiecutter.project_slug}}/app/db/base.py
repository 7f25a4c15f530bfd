"""The base class of all models."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from app.kit.db.model import NAMING_CONVENTION
from app.kit.db.model import CommonColumns


class Base(CommonColumns, DeclarativeBase):
    """A model. Its table has the columns ``id``, ``created_at`` and ``updated_at``."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
