"""HTTP with the Hugging Face hub and other hosts: redirects, byte ranges, and errors that say what to do.

huggingface_hub itself isn't used for transfers: since 1.18 it removes the partial file of an interrupted download, so
nothing could be resumed (https://github.com/huggingface/huggingface_hub/pull/4228). Its endpoint and tokens are used.
"""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from typing import cast
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import truststore
from huggingface_hub import constants

from ...utils.streaming.contract.engine_spec import WeightFile
from ...utils.streaming.contract.errors import DownloadError
from .errors import TransientDownloadError

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which a retry may succeed."""
RANGE_REFUSED = 416
_MAX_SHOWN = 200
_COMMIT_HEADER = "X-Repo-Commit"
_COMMIT, _SHA256 = re.compile("[0-9a-f]{40}"), re.compile("[0-9a-f]{64}")


class HubClient:
    """Opens files by their sources. `stall_s` is the maximum wait for data from a server.

    The user's token goes to the hub's own host, and there only after the hub has refused a request without it. No
    other host gets it: neither one that the hub redirects to, nor that of a file with a `url`.
    """

    def __init__(self, stall_s: float) -> None:
        if constants.HF_HUB_OFFLINE:
            raise DownloadError("HF_HUB_OFFLINE is set, so nothing is downloaded; unset it")
        self._stall_s = stall_s
        self._token: str | None = None
        """None until the hub requires one, as it does for gated models; then '' if there is none."""
        self._opener = urllib.request.OpenerDirector()
        # Only these handlers: no local files, no FTP. `open` follows redirects, to limit their number.
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            self._opener.add_handler(handler)

    def open(self, file: WeightFile, start: int, *, hub_only: bool = False) -> http.client.HTTPResponse:
        """Open a file from byte `start` on. The status of the response is 200 (from the beginning), 206 or 416.

        With `hub_only`, the response is the hub's own, also one that redirects.

        TransientDownloadError if a retry may succeed, DownloadError if not.
        """
        url = first = file.url or _hub_url(file)
        for _ in range(_MAX_REDIRECTS + 1):
            is_hub = not file.url and _origin(url) == _origin(first)
            request = urllib.request.Request(url)  # noqa: S310  its scheme is checked below
            request.add_header("User-Agent", "voxweft")
            request.add_header("Accept-Encoding", "identity")
            if start:
                request.add_header("Range", f"bytes={start}-")
            if self._token and is_hub:
                request.add_unredirected_header("Authorization", f"Bearer {self._token}")
            response = self._send(request, file)
            if response.status in _REFUSALS:
                response.close()
                if not is_hub:
                    raise DownloadError(f"{urlsplit(url).netloc} refuses {_described(file)} ({response.status})")
                if not self._look_for_token():
                    raise DownloadError(self._refusal(url, file, response.status))
            elif response.status in _REDIRECTS and not (hub_only and _COMMIT_HEADER in response.headers):
                response.close()
                url = _redirect_target(url, response.headers.get("Location", ""))
            else:
                return response
        raise DownloadError(f"{urlsplit(first).netloc} redirects more than {_MAX_REDIRECTS} times ({file.path})")

    def state_of(self, file: WeightFile) -> WeightFile:
        """Return a file with what the hub states of it now: its commit, and for a large one its digest and size.

        Raises as `open`; DownloadError also if the hub names no commit.
        """
        with self.open(file, 0, hub_only=True) as response:
            headers = response.headers
        commit, digest = headers.get(_COMMIT_HEADER, ""), headers.get("X-Linked-Etag", "").strip('W/"')
        size = headers.get("X-Linked-Size", "")
        if not _COMMIT.fullmatch(commit):
            raise DownloadError(f"{_described(file)}: the hub doesn't say which commit that is")
        return msgspec.structs.replace(
            file,
            revision=commit,
            sha256=digest if _SHA256.fullmatch(digest) else "",
            n_bytes=int(size) if size.isdecimal() else 0,
        )

    def _send(self, request: urllib.request.Request, file: WeightFile) -> http.client.HTTPResponse:
        host = urlsplit(request.full_url).netloc
        allowed = ("https",) if file.url else ("http", "https")
        if urlsplit(request.full_url).scheme not in allowed:
            place = f"the url of {file.path}" if file.url else "HF_ENDPOINT"
            raise DownloadError(f"{place} must begin with https://, so '{request.full_url}' can't be used")
        try:
            return cast("http.client.HTTPResponse", self._opener.open(request, timeout=self._stall_s))
        except urllib.error.HTTPError as error:
            if error.code in _REDIRECTS | _REFUSALS or error.code == RANGE_REFUSED:
                return cast("http.client.HTTPResponse", error)
            error.close()
            if error.code in _TRANSIENT:
                raise TransientDownloadError(f"{host} returned {error.code} {error.reason}") from None
            if error.code == http.client.NOT_FOUND:
                fix = "" if file.url else "check HF_ENDPOINT if it is set, or "
                raise DownloadError(f"{host} doesn't have {_described(file)} (404); {fix}update Voxweft") from None
            raise DownloadError(f"{host} refuses {_described(file)} ({error.code})") from None
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise DownloadError(
                    f"the certificate of {host} is invalid: {reason.verify_message}; check for a proxy"
                ) from error
            raise TransientDownloadError(f"{host} can't be reached ({_reason(reason)})") from error
        except (OSError, http.client.HTTPException) as error:
            raise TransientDownloadError(f"{host} doesn't respond ({_reason(error)})") from error

    def _look_for_token(self) -> bool:
        """Return whether there is a token that wasn't tried."""
        if self._token is not None:
            return False
        self._token = _token()
        return bool(self._token)

    def _refusal(self, url: str, file: WeightFile, status: int) -> str:
        terms = f"the terms at https://huggingface.co/{file.repo}"
        if not self._token:
            reason = f"there is no token. Accept {terms} and set HF_TOKEN (or run `hf auth login`)"
        elif status == http.client.UNAUTHORIZED:
            reason = f"your token isn't valid. Accept {terms} and set HF_TOKEN to a valid one (or run `hf auth login`)"
        else:
            reason = (
                f"your token has no access. Accept {terms} with the account of the token that HF_TOKEN has; a "
                "fine-grained token must also be allowed to read gated repositories"
            )
        return f"{urlsplit(url).netloc} refuses {file.source} of {file.repo} ({status}): {reason}"


def _hub_url(file: WeightFile) -> str:
    template: str = constants.HUGGINGFACE_CO_URL_TEMPLATE
    return template.format(repo_id=file.repo, revision=file.revision, filename=quote(file.source))


def _described(file: WeightFile) -> str:
    kind = "commit" if _COMMIT.fullmatch(file.revision) else "revision"
    return file.url or f"{file.source} of {file.repo} at {kind} {file.revision}"


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _token() -> str:
    """Return the user's token, by huggingface_hub's rules; '' for none. DownloadError if no header can hold it."""
    from huggingface_hub import get_token

    token = (None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()) or ""
    if not token.isascii() or not token.isprintable():
        raise DownloadError("your Hugging Face token has characters that no token has; copy it again, and set HF_TOKEN")
    return token


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _redirect_target(url: str, location: str) -> str:
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    safe = after.scheme == "https" or (after.scheme == "http" and before.scheme == "http")
    if not (location and safe and after.netloc) or "@" in after.netloc:
        raise DownloadError(f"{before.netloc} redirects to '{location[:_MAX_SHOWN]}', which isn't a safe address")
    return target
