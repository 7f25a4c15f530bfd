"""Downloads from the Hugging Face Hub.

Without a connection, the libraries retry every file for half a minute or more. So one request finds
out whether the Hub is reachable, and nothing is downloaded if it is not.
"""

import json
import logging
from collections.abc import Collection
from collections.abc import Iterable
from pathlib import Path

from app.ai.custom_models.port import ModelLoadError
from app.ai.local_models.config import LocalModelConfig

CONFIG_FILE = "config.json"
TIMEOUT_SECONDS = 5
MIN_SERVER_ERROR = 500

logger = logging.getLogger(__name__)


def is_hub_reachable(config: LocalModelConfig) -> bool:
    """Request the metadata of a model once."""
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    url = hf_hub_url(config.model, CONFIG_FILE, revision=config.revision)
    try:
        get_hf_file_metadata(url, timeout=TIMEOUT_SECONDS)
    except HfHubHTTPError as error:  # also a 404: the Hub itself is reachable
        return error.response.status_code < MIN_SERVER_ERROR
    except Exception as error:  # a network can fail in many ways; offline mode raises, too
        logger.debug("the Hub is not reachable: %s", error)
        return False
    return True


def find_cached_folder(config: LocalModelConfig) -> str:
    """Return the folder of a model that is in the cache of Hugging Face.

    Raises:
        ModelLoadError: it was never downloaded.
    """
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(config.model, CONFIG_FILE, revision=config.revision)
    if not isinstance(path, str):
        raise ModelLoadError("the Hub is not reachable, and the model is not in the cache")
    return str(Path(path).parent)


def download_files(config: LocalModelConfig, extra_files: Iterable[str]) -> None:
    """Download the safetensors weights of a model and the extra files, unless they are cached.

    The pipeline downloads the other files, which are small, and weights in other formats.
    """
    from transformers.utils import SAFE_WEIGHTS_INDEX_NAME
    from transformers.utils import SAFE_WEIGHTS_NAME
    from transformers.utils import cached_file

    def download(name: str) -> str | None:
        path: str | None = cached_file(
            config.model,
            name,
            revision=config.revision,
            _raise_exceptions_for_missing_entries=False,
        )
        return path

    shards: Collection[str] = ()
    if download(SAFE_WEIGHTS_NAME) is None and (index := download(SAFE_WEIGHTS_INDEX_NAME)):
        shards = json.loads(Path(index).read_text(encoding="utf-8"))["weight_map"].values()
    for name in (*sorted(set(shards)), *extra_files):
        download(name)
