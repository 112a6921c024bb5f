"""Downloads a model's files into the store, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from pathlib import Path

from ...models.download_order import Downloaded, DownloadOrder, TransferLimits
from ...models.layout import declared_weights, incomplete_files, select_files
from ...models.store import ModelStore, download_hint
from ..contract.adapter import OnProgress
from ..contract.engine_spec import EngineLimits, EngineSpec
from ..contract.errors import ModelMissingError, StreamingError
from ..contract.helper import HelperSpec
from ..contract.registry import HELPERS
from ..worker.blobs import BlobStore
from ..worker.worker import Worker

_HELPER = HelperSpec(
    name="download",
    title="the download helper",
    program="program:HubDownload",
    folder=str(HELPERS / "model_hub"),
    network=True,
    # A download may take any time: the helper itself detects a stalled transfer.
    limits=EngineLimits(stall_timeout_s=math.inf),
)


class FetchError(StreamingError):
    """A download failed; the message says what to do."""


async def fetch(
    spec: EngineSpec,
    model: str,
    store: ModelStore,
    *,
    voices: Sequence[str] | None = None,
    on_progress: OnProgress,
    offline: bool = False,
    check: bool = False,
    limits: TransferLimits | None = None,
) -> Path:
    """Download what is missing of a model into the store's home; return the folder.

    That is every file and every voice, or only the named voices. With `check`, what is there already is compared with
    its digest too. `on_progress` gets a message and the fraction of all bytes (None where there is nothing to say), on
    the running loop. Cancelling ends the helper process at once and keeps what came so far for the next time; several
    callers, in any process, share one download.

    FetchError says why it failed; ModelMissingError that it may not be tried (`offline`); ValueError that there is
    nothing to download, or no such voice.
    """
    weights = declared_weights(spec, model)
    if weights is None:
        if not model or not spec.weights:
            raise ValueError(_NOTHING % spec.name)
        known = ", ".join((*spec.weights, *spec.model_aliases))
        raise ValueError(f"engine '{spec.name}' has no model '{model}' to download; it has {known}")
    files = select_files(weights, voices)
    folder = store.download_folder(spec, model)
    missing = await asyncio.to_thread(incomplete_files, folder, files)
    if not missing and (offline or not check):
        return folder
    name = model or spec.default_model
    if offline:
        raise ModelMissingError(
            f"VOXWEFT_OFFLINE is set, so {missing[0].path} of model '{name}' isn't downloaded to {folder}. "
            f"{download_hint(spec, name, weights, store.home)}"
        )
    order = DownloadOrder(
        repo=weights.repo,
        revision=weights.revision,
        folder=str(folder),
        lock=str(store.lock_path(spec, model)),
        files=files,
        check=check,
        limits=limits or TransferLimits(),
    )
    worker = Worker(_HELPER, BlobStore())
    try:
        await worker.start()
        await worker.load()
        await worker.call(order, Downloaded, on_progress=on_progress)
    except StreamingError as error:
        raise FetchError(str(error)) from error
    except asyncio.CancelledError:
        worker.kill("is not needed any more")
        raise
    finally:
        with contextlib.suppress(StreamingError):
            await worker.stop()
    return folder


_NOTHING = "engine '%s' needs no files of its own"
