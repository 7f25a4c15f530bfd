"""Loads a model with transformers. Takes seconds, and the libraries themselves take some more."""

from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.adapters.base import Adapter
from app.ai.custom_models.adapters.embeddings import SentenceEmbeddings
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.declaration import Device
from app.ai.custom_models.declaration import Precision
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.registry import TASKS
from app.core.config.custom_models import CustomModelSettings

WORTH_A_BATCH = 150
"""On a processor, a batch of its own costs about as much as so many more characters."""

NO_MEMORY = "allocate memory"
"""How torch says so of a processor's memory."""

BYTES = 2**20


class LoadedModel:
    """A model in memory, asked through its adapter."""

    def __init__(self, adapter: Adapter) -> None:
        model = adapter.pipe.model
        tensors = [*model.parameters(), *model.buffers()]
        self._adapter = adapter
        self.device = str(adapter.pipe.device.type)
        self.megabytes = sum(each.numel() * each.element_size() for each in tensors) / BYTES
        self.parallel = adapter.parallel and self.device == Device.CPU
        # An accelerator is not busier with longer texts, as long as there are few batches.
        self.padding = WORTH_A_BATCH if self.device == Device.CPU else float("inf")

    def answer(self, questions: Sequence[Any]) -> list[Any]:
        """The answers, in order; see ``port.py``."""
        import torch

        try:
            with torch.inference_mode():
                return self._adapter.answer(questions)
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError) or NO_MEMORY in str(error):
                raise MemoryError(str(error)) from error
            raise


def load(declaration: Declaration, settings: CustomModelSettings) -> LoadedModel:
    """Bring a model into memory, downloading it first where that is needed and allowed.

    Raises:
        LoadingFailed: says why.
    """
    try:
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

    if settings.custom_models_offline:
        huggingface_hub.constants.HF_HUB_OFFLINE = True
    transformers.utils.logging.disable_progress_bar()
    pipe: Any = transformers.pipeline(
        declaration.task,
        model=declaration.model,
        revision=declaration.revision,
        device=_device(declaration.device),
        dtype="auto" if declaration.dtype is Precision.AUTO else getattr(torch, declaration.dtype),
        trust_remote_code=settings.custom_models_trust_remote_code,
        # Only here: beside the other parameters it is ignored, and pickles are loaded.
        model_kwargs={"use_safetensors": settings.custom_models_safetensors_only or None},
    )
    _check_head(pipe.model, declaration.task)
    pipe.model.eval()
    adapter = TASKS[declaration.task]
    if adapter.own_labels and declaration.labels:
        _show_labels(pipe.model.config, declaration.labels)
    return adapter(pipe, declaration)


def _check_head(model: Any, task: str) -> None:
    """Refuse a model whose last layer would be made up: transformers only mentions it."""
    made_as = model.config.architectures or []
    name = type(model).__name__
    if made_as and name not in made_as and task != SentenceEmbeddings.task:
        raise LoadingFailed(f"task: {task} takes a {name}, and this is a {', '.join(made_as)}")


def _device(wanted: Device) -> str:
    import torch

    here = [Device.CPU]
    if torch.backends.mps.is_available():
        here.insert(0, Device.MPS)
    if torch.cuda.is_available():
        here.insert(0, Device.CUDA)
    if wanted is Device.AUTO:
        return here[0]
    if wanted not in here:
        raise LoadingFailed(f"device: this machine has no {wanted}; it has {', '.join(here)}")
    return wanted


def _show_labels(config: Any, labels: list[str]) -> None:
    """Name what the model can answer as the declaration does."""
    if len(labels) != config.num_labels:
        raise LoadingFailed(
            f"labels: {len(labels)} are declared, and the model has {config.num_labels}"
        )
    config.id2label = dict(enumerate(labels))
