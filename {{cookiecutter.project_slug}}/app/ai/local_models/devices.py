"""The selection of a device, and the shutdown after a device failure."""

import logging
import signal

from app.ai.custom_models.port import DeviceLost
from app.ai.custom_models.port import ModelLoadError
from app.ai.local_models.config import Device

logger = logging.getLogger(__name__)


def select_device(requested: Device) -> Device:
    """Return the requested device, or the fastest one for ``auto``.

    Raises:
        ModelLoadError: this machine does not have the requested device.
    """
    import torch

    available = [Device.CPU]
    if torch.backends.mps.is_available():
        available.insert(0, Device.MPS)
    if torch.cuda.is_available():
        available.insert(0, Device.CUDA)
    if requested is Device.AUTO:
        return available[0]
    if requested not in available:
        devices = ", ".join(available)
        raise ModelLoadError(f"device: {requested} is not available on this machine; use {devices}")
    return requested


def is_accelerator(device: str) -> bool:
    """Return whether a device is not a CPU."""
    return device != Device.CPU


def empty_cache() -> None:
    """Return the accelerator memory of unloaded models to the system, for other processes."""
    import torch

    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()


def check_device(device: str) -> None:
    """Stop the server if a device fails on a trivial operation, so that it is restarted.

    After some errors, a GPU does not work again for the process that caused them.

    Raises:
        DeviceLost: the device has failed.
    """
    import torch

    try:
        (torch.ones(1, device=device) + 1).item()
    except torch.AcceleratorError as error:
        logger.critical("%s no longer works in this process; the server stops", device)
        signal.raise_signal(signal.SIGTERM)
        raise DeviceLost(str(error)) from error
