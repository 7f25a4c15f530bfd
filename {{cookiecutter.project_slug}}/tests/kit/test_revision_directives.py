"""New revisions do things in an order, and name types, that every engine takes."""

from typing import Any
from unittest.mock import Mock

from alembic.operations import ops
from sqlalchemy import CHAR
from sqlalchemy import Column
from sqlalchemy import DateTime
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import Uuid
from sqlalchemy.dialects.mysql import TINYINT

from app.kit.db import types
from app.kit.db.autogenerate import process_revision_directives
from app.kit.db.revision_order import sort_operations

metadata = MetaData()
shops = Table("shops", metadata, Column("id", Uuid(), primary_key=True))
goods = Table("goods", metadata, Column("shop_id", ForeignKey("shops.id", name="fk_goods_shop")))
BY_SHOP = ops.DropIndexOp("ix_goods_shop_id", "goods")


def in_order(*found: ops.MigrateOperation) -> list[Any]:
    """What Alembic found, as it is written down."""
    part = ops.UpgradeOps(ops=found)
    sort_operations(part)
    return part.ops


def test_a_table_is_made_before_another_refers_to_it() -> None:
    made = in_order(ops.CreateTableOp.from_table(goods), ops.CreateTableOp.from_table(shops))
    assert [each.table_name for each in made] == ["shops", "goods"]


def test_a_table_is_dropped_after_what_refers_to_it_and_with_all_that_it_has() -> None:
    drops = [ops.DropTableOp.from_table(table) for table in (shops, goods)]
    dropped = in_order(ops.ModifyTableOps("goods", [BY_SHOP]), *drops)
    assert [(type(each), each.table_name) for each in dropped] == [
        (ops.DropTableOp, "goods"),
        (ops.DropTableOp, "shops"),
    ]


def test_a_foreign_key_is_dropped_before_its_index() -> None:
    key = ops.DropConstraintOp("fk_goods_shop", "goods", type_="foreignkey")
    (changed,) = in_order(ops.ModifyTableOps("goods", [BY_SHOP, key]))
    assert changed.ops == [key, BY_SHOP]


def test_what_is_made_again_has_the_types_of_models() -> None:
    read: dict[str, Any] = {
        "id": CHAR(32),
        "at": DateTime(),
        "code": String(10, collation="utf8mb4_bin"),
        "name": String(20),
        "text": Text(),
        "open": TINYINT(1),
        "count": Integer(),
    }
    table = Table("read", MetaData(), *(Column(name, kind) for name, kind in read.items()))
    again, added = (
        ops.CreateTableOp.from_table(table),
        ops.AddColumnOp("shops", Column("at", DateTime())),
    )
    downgrade = ops.DowngradeOps(ops=[again, ops.ModifyTableOps("shops", [added])])
    process_revision_directives(
        Mock(config=None), None, [ops.MigrationScript("1", ops.UpgradeOps(ops=[]), downgrade)]
    )
    kinds = [type(column.type).__name__ for column in again.columns if isinstance(column, Column)]
    expected = ["Uuid", "UtcDateTime", "ExactString", "String", "LongText", "Boolean", "Integer"]
    assert kinds == expected
    assert isinstance(added.column.type, types.UtcDateTime)
