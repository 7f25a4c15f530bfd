"""Loads models with transformers. Import it lazily: transformers and torch take seconds."""

import logging
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from app.ai.custom_models.port import ModelLoadError
from app.ai.local_models.adapters.base import Adapter
from app.ai.local_models.adapters.base import TextAdapter
from app.ai.local_models.adapters.embeddings import SentenceEmbeddings
from app.ai.local_models.adapters.registry import TASKS
from app.ai.local_models.config import LocalModelConfig
from app.ai.local_models.config import Precision
from app.ai.local_models.devices import check_device
from app.ai.local_models.devices import empty_cache
from app.ai.local_models.devices import is_accelerator
from app.ai.local_models.devices import select_device
from app.ai.local_models.hub import download_files
from app.ai.local_models.hub import find_cached_folder
from app.ai.local_models.hub import is_hub_reachable
from app.core.config.local_models import LocalModelSettings
from app.kit.sizes import MEGABYTE

MAX_CPU_PADDING = 150
"""In characters per batch: on a CPU, this much padding costs as much as another batch."""

BATCH_TOKENS = {False: 4096, True: 16_384}
"""Default on a CPU and on an accelerator. Larger batches are not more efficient."""

OUT_OF_MEMORY_MESSAGES = ("allocate memory", "out of memory")
"""How torch reports it, on a CPU and on accelerators."""


LIBRARIES = ("huggingface_hub", "torch", "transformers")
"""Libraries that install log handlers of their own."""

_build_lock = Lock()
"""transformers patches functions of torch while it builds a model, which is not thread-safe."""


class LoadedModel:
    """A model in memory."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.device = str(adapter.pipe.device.type)
        self.megabytes = count_megabytes(adapter.pipe.model)
        accelerated = is_accelerator(self.device)
        self.parallel = adapter.parallel and not accelerated
        self.batch_size = adapter.config.batch_size if adapter.batched else 1
        self.batch_tokens = adapter.config.batch_tokens or BATCH_TOKENS[accelerated]
        # On an accelerator, padding is cheap and additional batches are expensive.
        self.max_padding = float("inf") if accelerated else MAX_CPU_PADDING

    def count_tokens(self, model_input: Any) -> int:
        """Estimate how many tokens the model computes for an input."""
        return self._adapter.count_tokens(model_input)

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """Return one output per input, in order; see ``port.Model``."""
        import torch

        try:
            with torch.inference_mode():
                return self._adapter.predict(inputs)
        except RuntimeError as error:
            if any(message in str(error) for message in OUT_OF_MEMORY_MESSAGES):
                raise MemoryError(str(error)) from error
            if isinstance(error, torch.AcceleratorError):
                check_device(self.device)
            raise


class PreparedTransformer:
    """A transformers model that is ready to be downloaded and loaded."""

    def __init__(self, config: LocalModelConfig, settings: LocalModelSettings) -> None:
        self._config = config
        self._settings = settings
        self._online = not config.is_local and is_hub_reachable(config)
        self._source = config.model
        if not self._online and not config.is_local:
            self._source = find_cached_folder(config)
        self._options: dict[str, Any] = {
            "revision": config.revision if self._online else None,
            "trust_remote_code": settings.custom_models_trust_remote_code,
        }
        self.megabytes = self._estimate_megabytes()

    def load(self) -> LoadedModel:
        """Download the model if necessary, load it, and run it once.

        Raises:
            ModelLoadError: with the reason.
        """
        with _wrap_load_errors():
            if self._online:
                download_files(self._config, TASKS[self._config.task].extra_files)
            empty_cache()
            with _build_lock:
                adapter = self._build_adapter()
            model = LoadedModel(adapter)
            model.predict([adapter.warmup_input()])  # the first run is the slowest, and may fail
            return model

    def _estimate_megabytes(self) -> float:
        """Build the model on the meta device, without weights, to measure it."""
        import torch
        import transformers

        task = transformers.pipelines.check_task(self._config.task)[1]
        config = transformers.AutoConfig.from_pretrained(self._source, **self._options)
        dtype = self._dtype() if self._config.dtype is not Precision.AUTO else config.dtype
        last_error: Exception | None = None
        for model_class in task["pt"]:
            try:
                with _build_lock, torch.device("meta"):
                    model = model_class.from_config(
                        config,
                        dtype=dtype or torch.float32,
                        trust_remote_code=self._options["trust_remote_code"],
                    )
            except ValueError as error:  # another class of this task may support the model
                last_error = error
            else:
                return count_megabytes(model)
        raise ModelLoadError(str(last_error))

    def _dtype(self) -> Any:
        import torch

        if self._config.dtype is Precision.AUTO:
            return "auto"
        return getattr(torch, self._config.dtype)

    def _build_adapter(self) -> Adapter:
        import transformers

        config = self._config
        pipe: Any = transformers.pipeline(
            config.task,
            model=self._source,
            device=select_device(config.device),
            dtype=self._dtype(),
            # Only here: as an argument of pipeline() it is ignored, and pickles are loaded.
            model_kwargs={"use_safetensors": self._settings.custom_models_safetensors_only or None},
            **self._options,
        )
        _validate_architecture(pipe.model, config.task)
        pipe.model.eval()
        adapter = TASKS[config.task]
        if is_accelerator(pipe.device.type) and issubclass(adapter, TextAdapter):
            _validate_vocabulary(pipe)
        if adapter.has_fixed_labels and config.labels:
            _set_labels(pipe.model.config, config.labels)
        return adapter(pipe, config)


def prepare_model(config: LocalModelConfig, settings: LocalModelSettings) -> PreparedTransformer:
    """Configure the libraries, and measure a model before it is loaded.

    Raises:
        ModelLoadError: with the reason.
    """
    with _wrap_load_errors():
        import huggingface_hub
        import transformers

        for name in LIBRARIES:
            _use_root_handlers(logging.getLogger(name))
        if settings.custom_models_offline:
            huggingface_hub.constants.HF_HUB_OFFLINE = True
        transformers.utils.logging.disable_progress_bar()
        return PreparedTransformer(config, settings)


@contextmanager
def _wrap_load_errors() -> Iterator[None]:
    try:
        yield
    except ModelLoadError:
        raise
    except Exception as error:  # the files of a model can cause any exception
        raise ModelLoadError(f"{type(error).__name__}: {error}") from error


def count_megabytes(model: Any) -> float:
    """Return the size of the parameters and buffers of a model."""
    tensors = [*model.parameters(), *model.buffers()]
    return float(sum(each.numel() * each.element_size() for each in tensors) / MEGABYTE)


def _use_root_handlers(logger: logging.Logger) -> None:
    """Log through the handlers of ``config/logging.toml`` only."""
    logger.handlers.clear()
    logger.propagate = True


def _validate_architecture(model: Any, task: str) -> None:
    """Reject a model whose head transformers would initialize randomly, with a mere warning."""
    architectures = model.config.architectures or []
    name = type(model).__name__
    if architectures and name not in architectures and task != SentenceEmbeddings.task:
        raise ModelLoadError(
            f"task: {task} needs a {name}, and this model is a {', '.join(architectures)}"
        )


def _validate_vocabulary(pipe: Any) -> None:
    """Reject a tokenizer that has more tokens than the model has embeddings.

    A token id without an embedding makes an accelerator unusable for this process.
    """
    embeddings = pipe.model.get_input_embeddings().num_embeddings
    vocabulary_size = len(pipe.tokenizer)
    if vocabulary_size > embeddings:
        raise ModelLoadError(
            f"its tokenizer has {vocabulary_size} tokens, and its model only {embeddings}"
        )


def _set_labels(config: Any, labels: list[str]) -> None:
    """Replace the labels of a model by the configured ones."""
    if len(labels) != config.num_labels:
        raise ModelLoadError(
            f"labels: {len(labels)} are configured, and the model has {config.num_labels}"
        )
    config.id2label = dict(enumerate(labels))
