"""Loads a model with transformers. Takes seconds, and the libraries themselves take some more."""

import logging
from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.adapters.base import Adapter
from app.ai.custom_models.adapters.base import TextAdapter
from app.ai.custom_models.adapters.embeddings import SentenceEmbeddings
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.declaration import Precision
from app.ai.custom_models.devices import check_device
from app.ai.custom_models.devices import choose_device
from app.ai.custom_models.devices import free_memory
from app.ai.custom_models.devices import is_accelerator
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.registry import TASKS
from app.core.config.custom_models import CustomModelSettings

WORTH_A_BATCH = 150
"""On a processor, a batch of its own costs about as much as so many more characters."""

NO_MEMORY = ("allocate memory", "out of memory")
"""How torch says so, of a processor and of anything else."""

BYTES = 2**20

LIBRARIES = ("huggingface_hub", "torch", "transformers")
"""They bring handlers: their lines would come twice, or in a form of their own."""


class LoadedModel:
    """A model in memory, asked through its adapter."""

    def __init__(self, adapter: Adapter) -> None:
        model = adapter.pipe.model
        tensors = [*model.parameters(), *model.buffers()]
        self._adapter = adapter
        self.device = str(adapter.pipe.device.type)
        self.megabytes = sum(each.numel() * each.element_size() for each in tensors) / BYTES
        accelerated = is_accelerator(self.device)
        self.parallel = adapter.parallel and not accelerated
        # An accelerator is not busier with longer texts, as long as there are few batches.
        self.padding = float("inf") if accelerated else WORTH_A_BATCH

    def answer(self, questions: Sequence[Any]) -> list[Any]:
        """The answers, in order; see ``port.py``."""
        import torch

        try:
            with torch.inference_mode():
                return self._adapter.answer(questions)
        except RuntimeError as error:
            if any(words in str(error) for words in NO_MEMORY):
                raise MemoryError(str(error)) from error
            if isinstance(error, torch.AcceleratorError):
                check_device(self.device)
            raise


def load(declaration: Declaration, settings: CustomModelSettings) -> LoadedModel:
    """Bring a model into memory, downloading it first where that is needed and allowed.

    Raises:
        LoadingFailed: says why.
    """
    try:
        free_memory()
        adapter = _adapter(declaration, settings)
        model = LoadedModel(adapter)
        model.answer([adapter.probe()])  # the first answer takes longest; and it may be impossible
        return model
    except LoadingFailed:
        raise
    except Exception as error:  # whatever a model brings with it can fail in any way
        raise LoadingFailed(f"{type(error).__name__}: {error}") from error


def _adapter(declaration: Declaration, settings: CustomModelSettings) -> Adapter:
    import huggingface_hub
    import torch
    import transformers

    for name in LIBRARIES:
        _log_as_all_do(logging.getLogger(name))
    if settings.custom_models_offline:
        huggingface_hub.constants.HF_HUB_OFFLINE = True
    transformers.utils.logging.disable_progress_bar()
    pipe: Any = transformers.pipeline(
        declaration.task,
        model=declaration.model,
        revision=declaration.revision,
        device=choose_device(declaration.device),
        dtype="auto" if declaration.dtype is Precision.AUTO else getattr(torch, declaration.dtype),
        trust_remote_code=settings.custom_models_trust_remote_code,
        # Only here: beside the other parameters it is ignored, and pickles are loaded.
        model_kwargs={"use_safetensors": settings.custom_models_safetensors_only or None},
    )
    _check_head(pipe.model, declaration.task)
    pipe.model.eval()
    adapter = TASKS[declaration.task]
    if is_accelerator(pipe.device.type) and issubclass(adapter, TextAdapter):
        _check_vocabulary(pipe)
    if adapter.own_labels and declaration.labels:
        _show_labels(pipe.model.config, declaration.labels)
    return adapter(pipe, declaration)


def _log_as_all_do(logger: logging.Logger) -> None:
    """Leave it to ``config/logging.toml`` how lines look and where they go."""
    logger.handlers.clear()
    logger.propagate = True


def _check_head(model: Any, task: str) -> None:
    """Refuse a model whose last layer would be made up: transformers only mentions it."""
    made_as = model.config.architectures or []
    name = type(model).__name__
    if made_as and name not in made_as and task != SentenceEmbeddings.task:
        raise LoadingFailed(f"task: {task} takes a {name}, and this is a {', '.join(made_as)}")


def _check_vocabulary(pipe: Any) -> None:
    """Refuse tokens without a row in the table: asking for one breaks an accelerator for good."""
    rows = pipe.model.get_input_embeddings().num_embeddings
    known = len(pipe.tokenizer)
    if known > rows:
        raise LoadingFailed(f"its tokenizer knows {known} tokens, and its model only {rows}")


def _show_labels(config: Any, labels: list[str]) -> None:
    """Name what the model can answer as the declaration does."""
    if len(labels) != config.num_labels:
        raise LoadingFailed(
            f"labels: {len(labels)} are declared, and the model has {config.num_labels}"
        )
    config.id2label = dict(enumerate(labels))
