"""`voxweft serve`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from . import console, options


def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; any but a loopback one needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8880,
    token_file: Annotated[
        Path | None,
        typer.Option(help="A file with the token that clients must show; else VOXWEFT_SERVER_TOKEN.", dir_okay=False),
    ] = None,
    allow_host: Annotated[
        list[str], typer.Option(help="A name that clients may use for this machine, beside localhost and addresses.")
    ] = [],  # noqa: B006  typer copies it
    allow_origin: Annotated[
        list[str], typer.Option(help="The origin of a web page that may use the server, as in https://example.org.")
    ] = [],  # noqa: B006
    active: Annotated[int, typer.Option(min=1, help="So many jobs of an engine run at once.")] = 8,
    queued: Annotated[int, typer.Option(min=0, help="So many more wait; beyond that the answer is 429.")] = 64,
    workers: options.Workers = 1,
    max_text: Annotated[int, typer.Option(min=1, help="The most characters of a text.")] = 100_000,
    max_upload: Annotated[int, typer.Option(min=1, help="The most MiB of a recording.")] = 512,
    job_timeout: Annotated[float, typer.Option(min=1, help="The most seconds that a request may take.")] = 3600.0,
    fallback_voice: Annotated[
        bool, typer.Option("--fallback-voice", help="Speak with the default voice where one isn't known, and say so.")
    ] = False,
    voice_uploads: Annotated[
        Path | None,
        typer.Option(
            help="Let clients upload recordings of voices into this folder, and delete them.", file_okay=False
        ),
    ] = None,
    log_text: Annotated[bool, typer.Option("--log-text", help="Write the texts into the log, too.")] = False,
    engine: options.Engine = "",
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
) -> None:
    """Serve speech and recognition over HTTP and WebSocket, by OpenAI's API and live."""
    with console.guarded():
        from ..server.installed import check_installed

        check_installed()
        from ..server.service.log import LOG
        from ..server.service.settings import ServerSettings
        from ..server.serving import serve as serve_app
        from ..utils.settings import read_settings

        settings = ServerSettings(
            host=host,
            port=port,
            token=_token(token_file) or read_settings().server_token,
            allow_hosts=tuple(allow_host),
            allow_origins=tuple(allow_origin),
            active=active,
            queued=queued,
            workers=workers,
            max_text_chars=max_text,
            max_upload_bytes=max_upload << 20,
            job_timeout_s=job_timeout,
            fallback_voice=fallback_voice,
            voice_uploads=voice_uploads,
            log_text=log_text,
        ).check()
        if not quiet:
            logging.getLogger(LOG).setLevel(logging.INFO)
        with console.runtime(
            use_cache=not no_cache, engine=engine, model_path=model_path, device=device, dtype=dtype
        ) as runtime:

            def listening(port: int) -> None:
                shown = f"[{host}]" if ":" in host else host
                console.err.print(f"listening on http://{shown}:{port}/ (Ctrl-C ends it)", soft_wrap=True)

            serve_app(runtime, settings, listening)


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    token = file.expanduser().read_text(encoding="utf-8").strip()
    if not token:
        raise ValueError(f"{file} holds no token")
    return token
