"""Items: the example to copy when you add a table of your own."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import validates

from app.kit.db.types import ExactString
from app.models.owned import Owned
from app.models.owned import list_index

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 2000


class Item(Owned):
    """An item: a title and a description."""

    __tablename__ = "items"
    __table_args__ = (
        list_index("items", "created_at"),
        list_index("items", "updated_at"),
        list_index("items", "title_folded"),
    )

    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    # Lists search and sort by this column. Case folding can triple the length of a text.
    title_folded: Mapped[str] = mapped_column(ExactString(3 * TITLE_LENGTH))
    description: Mapped[str | None] = mapped_column(String(DESCRIPTION_LENGTH))

    @validates("title")
    def _fold_title(self, _key: str, title: str) -> str:
        self.title_folded = title.casefold()
        return title
