"""Download a model's files into the store, in a separate process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...models.copies import possible_copies
from ...models.download_order import Downloaded, DownloadOrder, TransferLimits
from ...models.layout import download_summary, incomplete_files, select_files, without_digest
from ...models.licenses import terms_of
from ...models.store import ModelStore
from ..contract.adapter import OnProgress
from ..contract.engine_spec import EngineLimits, EngineSpec
from ..contract.errors import DownloadError, ModelMissingError, StreamingError
from ..contract.helper import HelperSpec
from ..contract.registry import HELPERS
from ..worker.blobs import BlobStore
from ..worker.worker import Worker
from .loaded_model import NOTES

_notes = logging.getLogger(NOTES)

_HELPER = HelperSpec(
    name="download",
    program="program:HubDownload",
    folder=str(HELPERS / "model_hub"),
    network=True,
    # A download may take any time: the helper itself detects a stalled transfer.
    limits=EngineLimits(stall_timeout_s=math.inf),
)


async def fetch(
    spec: EngineSpec,
    model: str,
    store: ModelStore,
    *,
    voices: Sequence[str] | None = None,
    others: Iterable[EngineSpec] = (),
    on_progress: OnProgress,
    on_download: Callable[[str], None] = _notes.warning,
    offline: bool = False,
    check: bool = False,
    trust: bool = False,
    limits: TransferLimits | None = None,
) -> Path:
    """Download the missing files of a model into the store's home, and return the folder.

    A cancel ends the helper process at once; partial files are kept and resumed. Concurrent callers, in any
    process, share one download.

    Args:
        spec: The engine.
        model: The model's name; empty for the default model.
        store: Where models are stored.
        voices: The voices to download; None for all of them.
        others: The engines whose downloads are linked where they have the same content.
        on_progress: Called on the running loop with a message and the fraction of all bytes.
        on_download: Called with the files' size, sources and license before they are downloaded; by default, it is a
            note in the log.
        offline: Raise ModelMissingError instead of downloading.
        check: Verify the digests of files that are there already, too.
        trust: Download files without a stated digest as well, and record what comes (see `TrustedFiles`). Only for a
            user who asks for it.
        limits: The time-outs and retries of the download.

    Raises:
        DownloadError: The download failed.
        ModelMissingError: Files are missing, and `offline` is set, or nobody states their digests and `trust` isn't.
        LicenseNotAcceptedError: Files are missing, and the user must accept the license of the model first.
        ValueError: The engine declares no such model or voice.
    """
    weights = store.weights(spec, model)
    if weights is None:
        if not model or not spec.weights:
            raise ValueError(f"engine '{spec.name}' declares no model files")
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
            f"{store.download_hint(spec, model)}"
        )
    unstated = without_digest(missing)
    if unstated and not trust:
        raise ModelMissingError(f"the files of model '{name}' are missing. {store.download_hint(spec, model)}")
    # A user's own file that nobody states the content of is left alone.
    files = tuple(file for file in files if file.sha256 or file in unstated)
    if missing:
        terms = terms_of(spec, model)
        await asyncio.to_thread(store.licenses.check, terms)
        on_download(f"downloading {terms.subject}: {download_summary(weights)}, license {terms.summary}")
    if unstated:
        on_download(
            f"nobody states what {', '.join(file.path for file in unstated)} must contain: what comes is recorded, and "
            "checked from then on"
        )
    order = DownloadOrder(
        folder=str(folder),
        home=str(store.home),
        hub_cache=str(store.hub_cache or ""),
        lock=str(store.lock_path(spec, model)),
        files=files,
        copies=possible_copies(files, (spec, *others), store.home, store.hub_cache),
        check=check,
        limits=limits or TransferLimits(),
    )
    worker = Worker(_HELPER, BlobStore())
    try:
        await worker.start()
        await worker.load()
        await worker.call(order, Downloaded, on_progress=on_progress)
    except StreamingError as error:
        raise DownloadError(str(error)) from error
    except asyncio.CancelledError:
        worker.kill("is not needed any more")
        raise
    finally:
        with contextlib.suppress(StreamingError):
            await worker.stop()
    return folder
