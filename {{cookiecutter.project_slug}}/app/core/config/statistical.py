"""Settings of statistics."""

from pydantic import Field

from app.kit.config.storage import StorageSettings
from app.kit.config.uploads import UploadSettings
from app.kit.sizes import MEGABYTE


class StatisticalSettings(StorageSettings, UploadSettings):
    """The storage of models, limits of trainings, and limits of tables."""

    model_versions_kept: int = Field(default=5, ge=1, le=1000)
    model_cache_size: int = Field(default=8, ge=1, le=1000)
    max_model_mb: int = Field(default=100, ge=1, le=4000)
    max_models_per_owner: int = Field(default=100, ge=1)
    max_model_storage_mb_per_owner: int = Field(default=1000, ge=1)

    training_workers: int = Field(default=1, ge=0, le=64)
    training_timeout_seconds: int = Field(default=600, ge=1, le=86_400)
    training_memory_mb: int = Field(default=2048, ge=64)
    training_queue_size: int = Field(default=100, ge=1)
    max_queued_trainings_per_owner: int = Field(default=20, ge=1)
    training_lease_seconds: float = Field(default=60, ge=1, le=3600)

    describe_timeout_seconds: int = Field(default=30, ge=1, le=3600)

    table_max_bytes: int = Field(default=20 * MEGABYTE, ge=1024)
    table_max_rows: int = Field(default=100_000, ge=10)
    table_max_columns: int = Field(default=200, ge=2, le=1000)
    table_max_cells: int = Field(default=5_000_000, ge=100)
