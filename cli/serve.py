"""`voxweft serve`."""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options

if TYPE_CHECKING:
    from ..utils.streaming.runtime import Runtime

HEADINGS = {
    "Network": (
        "host",
        "port",
        "root_path",
        "wyoming",
        "wyoming_announce",
        "max_connections",
        "header_timeout",
        "body_timeout",
    ),
    "Access": ("token_file", "wyoming_allow", "allow_host", "allow_origin", "public_listings", "voice_uploads"),
    "Limits": ("active", "queued", "workers", "max_text", "max_upload", "max_audio", "job_timeout", "drain_timeout"),
    "Engines": (
        "engine",
        "preload",
        "default_voice",
        "fallback_voice",
        "language_voice",
        "casts",
        "lexicons",
        "lexicon",
        "model_path",
        "device",
        "dtype",
        "commercial",
        "no_cache",
    ),
    "Logging": ("log_format", "log_text", "quiet"),
}
"""The options by what they are about, for the help page."""


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; any except a loopback address needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 selects a free one.")] = 8880,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the token that clients must send (default: VOXWEFT_SERVER_TOKEN).", dir_okay=False
        ),
    ] = None,
    allow_host: Annotated[
        list[str], typer.Option(help="Accept this Host header, in addition to localhost and IP addresses; repeatable.")
    ] = [],  # noqa: B006  typer copies it
    allow_origin: Annotated[
        list[str],
        typer.Option(
            help="Accept this origin of web pages, such as https://example.org or app://name; with a token also null, "
            "and * for any; repeatable."
        ),
    ] = [],  # noqa: B006
    public_listings: Annotated[
        bool,
        typer.Option(
            "--public-listings", help="List models and voices without the token, as Open WebUI asks for them."
        ),
    ] = False,
    active: Annotated[int, typer.Option(min=1, help="Maximum concurrent requests per engine.")] = 8,
    queued: Annotated[
        int, typer.Option(min=0, help="Maximum queued requests per engine; more are refused with status 429.")
    ] = 64,
    workers: options.Workers = 1,
    max_text: Annotated[int, typer.Option(min=1, help="Maximum characters of a text.")] = 100_000,
    max_upload: Annotated[int, typer.Option(min=1, help="Maximum upload size in MiB.")] = 512,
    max_audio: Annotated[
        float, typer.Option("--max-audio-s", min=1, help="Maximum seconds of a recording or a live session.")
    ] = 14_400.0,
    max_connections: Annotated[
        int, typer.Option(min=1, help="Maximum requests and WebSockets at one time; more get status 503.")
    ] = 256,
    header_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds until a connection without complete headers is closed.")
    ] = 10.0,
    body_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds until a request is refused whose body pauses.")
    ] = 30.0,
    root_path: Annotated[
        str, typer.Option(help="Path under which a proxy publishes the server, such as /speech.", show_default=False)
    ] = "",
    job_timeout: Annotated[float, typer.Option(min=1, help="Maximum seconds per request.")] = 3600.0,
    drain_timeout: Annotated[
        float, typer.Option(min=0, help="Seconds that running requests may take at a shutdown.")
    ] = 30.0,
    fallback_voice: Annotated[
        bool, typer.Option("--fallback-voice", help="Use the default voice for unknown voice names, and report it.")
    ] = False,
    default_voice: Annotated[
        str,
        typer.Option(
            help="Voice of requests without one, for engines that have it: a name, or library:NAME for a recording "
            "(default: that of the engine).",
            show_default=False,
        ),
    ] = "",
    language_voice: Annotated[
        list[str],
        typer.Option(
            help="Voice for a language in requests with the language auto: TAG=VOICE, or TAG=MODEL:VOICE; repeatable.",
            metavar="TAG=VOICE",
        ),
    ] = [],  # noqa: B006
    casts: Annotated[
        Path | None,
        typer.Option(help="Folder of cast files that requests may name.", file_okay=False, exists=True),
    ] = None,
    lexicons: Annotated[
        Path | None,
        typer.Option(help="Folder of pronunciation files that requests may name.", file_okay=False, exists=True),
    ] = None,
    lexicon: Annotated[
        Path | None,
        typer.Option(
            help="Pronunciation file for all requests; the entries of a request take precedence.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    voice_uploads: Annotated[
        Path | None,
        typer.Option(help="Let clients upload voice recordings to this folder, and delete them.", file_okay=False),
    ] = None,
    preload: Annotated[
        list[str],
        typer.Option(
            help="Load this model at the start and keep it loaded: an engine, engine/model or a model; repeatable."
        ),
    ] = [],  # noqa: B006
    log_format: Annotated[
        Literal["text", "json"], typer.Option(help="Lines of text, or a JSON object per line.")
    ] = "text",
    log_text: Annotated[bool, typer.Option("--log-text", help="Log the texts of requests.")] = False,
    wyoming: Annotated[
        str,
        typer.Option(
            help="Also serve the Wyoming protocol, for Home Assistant, on HOST:PORT, such as 127.0.0.1:10200.",
            show_default=False,
        ),
    ] = "",
    wyoming_allow: Annotated[
        list[str],
        typer.Option(
            help="Accept Wyoming connections from this network, such as 192.168.1.0/24, in addition to this machine; "
            "repeatable."
        ),
    ] = [],  # noqa: B006
    wyoming_announce: Annotated[
        bool,
        typer.Option("--wyoming-announce", help="Announce Wyoming by zeroconf, so that Home Assistant finds it."),
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            "-e",
            help="Default engine for requests without a model (default: the best one that is ready).",
            show_default=False,
        ),
    ] = "",
    model_path: options.ModelPath = None,
    device: options.Device = "",
    dtype: options.Dtype = "",
    commercial: options.Commercial = False,
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
) -> None:
    """Serve speech and transcription over HTTP and WebSocket, with an OpenAI-compatible API."""
    with console.guarded():
        from ..server.installed import check_installed, check_wyoming_installed

        check_installed()
        if wyoming:
            check_wyoming_installed(announce=wyoming_announce)
        from ..server.service.log import LOG, event, set_up
        from ..server.service.settings import ServerSettings
        from ..server.serving import serve as serve_app
        from ..utils.settings import read_settings

        settings = ServerSettings(
            host=host,
            port=port,
            token=_token(token_file) or read_settings().server_token,
            allow_hosts=tuple(allow_host),
            allow_origins=tuple(origin.lower() for origin in allow_origin),
            public_listings=public_listings,
            active=active,
            queued=queued,
            workers=workers,
            max_text_chars=max_text,
            max_upload_bytes=max_upload << 20,
            max_audio_s=max_audio,
            max_connections=max_connections,
            header_timeout_s=header_timeout,
            body_timeout_s=body_timeout,
            root_path=root_path.rstrip("/"),
            job_timeout_s=job_timeout,
            drain_timeout_s=drain_timeout,
            preload=tuple(preload),
            fallback_voice=fallback_voice,
            default_voice=default_voice,
            language_voices=tuple(language_voice),
            casts=casts,
            lexicons=lexicons,
            lexicon=lexicon,
            voice_uploads=voice_uploads,
            log_text=log_text,
            wyoming=wyoming,
            wyoming_allow=tuple(wyoming_allow),
            wyoming_announce=wyoming_announce,
        ).check()
        set_up(log_format, quiet=quiet)
        with console.runtime(
            use_cache=not no_cache,
            engine=engine,
            model_path=model_path,
            device=device,
            dtype=dtype,
            commercial=commercial,
        ) as runtime:
            if engine:
                _check_ready(runtime, engine)
                runtime.registry.prefer(engine)

            def listening(port: int) -> None:
                shown = f"[{host}]" if ":" in host else host
                url = f"http://{shown}:{port}/"
                if log_format == "json":
                    logging.getLogger(LOG).info("listening on %s", url, extra=event("listening", url=url))
                else:
                    console.err.print(f"listening on {url} (press Ctrl-C to stop)", soft_wrap=True)

            try:
                serve_app(runtime, settings, listening)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                message = f"port {port} is in use; choose another with --port, or 0 for a free one"
                raise console.fail(message) from None


def _check_ready(runtime: Runtime, engine: str) -> None:
    """Check that an engine can serve.

    Raises UnknownEngineError, EngineStartError, LicenseError or ModelMissingError.
    """
    spec = runtime.run(runtime.loader.source.resolved(runtime.registry.get(engine)))
    model = runtime.registry.model_for(spec, "", None)
    runtime.registry.check_license(spec, model)
    if spec.weights:
        runtime.store.find(spec, model)


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    token = file.expanduser().read_text(encoding="utf-8").strip()
    if not token:
        raise ValueError(f"the token file {file} is empty")
    return token
