"""The device that torch computes on."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from voxweft.engines.devices import choose_device
from voxweft.engines.errors import DeviceError


def test_devices() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_device("") == choose_device("auto")
    with pytest.raises(DeviceError, match=r"no device 'tpu' on this machine; torch finds: cpu"):
        choose_device("tpu")
