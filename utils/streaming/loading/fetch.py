"""Downloads a model's files into the store, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ...models.download_order import DownloadOrder, TransferLimits
from ...models.layout import absent, wanted, weights_of
from ...models.located import ModelMissingError
from ...models.store import ModelStore, how_to_get
from ..contract.engine_spec import EngineLimits, EngineSpec
from ..contract.errors import EngineRequestError, EngineStartError, StreamingError
from ..contract.registry import HELPERS
from ..worker.blobs import BlobStore
from ..worker.worker import Worker

_HELPER = EngineSpec(
    schema=1,
    name="download",
    title="the download helper",
    task="recognition",
    adapter="adapter:HubDownload",
    adapter_version=1,
    licence="GPL-3.0-or-later",
    deterministic=True,
    network=True,
    # However long a download takes, it may: the helper itself notices one that stands still.
    limits=EngineLimits(load_timeout_s=30 * 24 * 3600.0),
    folder=str(HELPERS / "model_hub"),
)


class FetchError(StreamingError):
    """A download failed; the message says what to do."""


async def fetch(
    spec: EngineSpec,
    model: str,
    store: ModelStore,
    *,
    voices: Sequence[str] | None = None,
    on_progress: Callable[[str, float | None], None],
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
    weights = weights_of(spec, model)
    if weights is None:
        if not model or not spec.weights:
            raise ValueError(_NOTHING % spec.name)
        known = ", ".join((*spec.weights, *spec.model_aliases))
        raise ValueError(f"engine '{spec.name}' has no model '{model}' to download; it has {known}")
    files = wanted(weights, voices)
    folder = store.home_of(spec, model)
    missing = await asyncio.to_thread(absent, folder, files)
    if not missing and (offline or not check):
        return folder
    name = model or spec.default_model
    if offline:
        raise ModelMissingError(
            f"VOXWEFT_OFFLINE is set, so {missing[0].path} of model '{name}' isn't downloaded to {folder}. "
            f"{how_to_get(spec, name, weights, store.home)}"
        )
    order = DownloadOrder(
        repo=weights.repo,
        revision=weights.revision,
        folder=str(folder),
        lock=str(store.lock_of(spec, model)),
        files=files,
        check=check,
        limits=limits or TransferLimits(),
    )
    worker = Worker(_HELPER, BlobStore())
    try:
        await worker.start()
        await worker.load(model=name, params={"order": msgspec.json.encode(order).decode()}, on_progress=on_progress)
    except EngineStartError as error:
        # The helper's own words are enough; its log has only the traceback to them.
        cause = error.__cause__
        raise FetchError(str(cause if isinstance(cause, EngineRequestError) else error)) from error
    finally:
        with contextlib.suppress(StreamingError):
            await worker.stop()
    return folder


_NOTHING = "engine '%s' needs no files of its own"
