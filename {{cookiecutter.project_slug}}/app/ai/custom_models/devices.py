"""Where a model can run here, and what happens when that fails for good."""

import logging
import signal

from app.ai.custom_models.declaration import Device
from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import LoadingFailed

logger = logging.getLogger(__name__)


def choose_device(wanted: Device) -> Device:
    """The device that is wanted, or the fastest of this machine.

    Raises:
        LoadingFailed: this machine has no such device.
    """
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


def is_accelerator(device: str) -> bool:
    """Whether it is something else than a processor."""
    return device != Device.CPU


def free_memory() -> None:
    """Give back to an accelerator what dropped models have left: other processes may need it."""
    import torch

    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()


def check_device(device: str) -> None:
    """Stop the server if a device cannot even add any more, so that it is started again.

    After some errors a graphics card answers nothing more to the process that made them.

    Raises:
        DeviceLost: nothing can be asked until then.
    """
    import torch

    try:
        (torch.ones(1, device=device) + 1).item()
    except torch.AcceleratorError as error:
        logger.critical("%s answers this process no more, so the server stops", device)
        signal.raise_signal(signal.SIGTERM)
        raise DeviceLost(str(error)) from error
