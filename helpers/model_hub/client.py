"""HTTP with the Hugging Face hub: redirects, byte ranges, and errors that say what to do.

huggingface_hub itself isn't used for transfers: since 1.18 it removes the partial file of an interrupted download, so
nothing could be resumed (https://github.com/huggingface/huggingface_hub/pull/4228). Its endpoint and tokens are used.
"""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from typing import cast
from urllib.parse import quote, urljoin, urlsplit

import truststore
from huggingface_hub import constants

from ...utils.streaming.contract.errors import DownloadError
from .errors import TransientDownloadError

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which a retry may succeed."""
RANGE_REFUSED = 416


class HubClient:
    """Opens files of one repository at one commit. `stall_s` is the maximum wait for data from a server."""

    def __init__(self, repo: str, revision: str, stall_s: float) -> None:
        if constants.HF_HUB_OFFLINE:
            raise DownloadError("HF_HUB_OFFLINE is set, so nothing is downloaded; unset it")
        self._repo = repo
        self._revision = revision
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

    def open(self, path: str, start: int) -> http.client.HTTPResponse:
        """Open a file from byte `start` on. The status of the response is 200 (from the beginning), 206 or 416.

        TransientDownloadError if a retry may succeed, DownloadError if not.
        """
        template: str = constants.HUGGINGFACE_CO_URL_TEMPLATE
        url = first = template.format(repo_id=self._repo, revision=self._revision, filename=quote(path))
        for _ in range(_MAX_REDIRECTS + 1):
            request = urllib.request.Request(url)  # noqa: S310  its scheme is checked below
            request.add_header("User-Agent", "voxweft")
            request.add_header("Accept-Encoding", "identity")
            if start:
                request.add_header("Range", f"bytes={start}-")
            if self._token and _origin(url) == _origin(first):
                request.add_unredirected_header("Authorization", self._token)
            response = self._send(request, path)
            if response.status in _REFUSALS:
                response.close()
                if not self._look_for_token():
                    raise DownloadError(self._refusal(url, path, response.status))
            elif response.status in _REDIRECTS:
                response.close()
                url = _redirect_target(url, response.headers.get("Location", ""))
            else:
                return response
        raise DownloadError(f"{urlsplit(first).netloc} redirects more than {_MAX_REDIRECTS} times ({path})")

    def _send(self, request: urllib.request.Request, path: str) -> http.client.HTTPResponse:
        host = urlsplit(request.full_url).netloc
        if urlsplit(request.full_url).scheme not in ("http", "https"):
            raise DownloadError(f"HF_ENDPOINT must begin with https://, so '{request.full_url}' can't be used")
        try:
            return cast("http.client.HTTPResponse", self._opener.open(request, timeout=self._stall_s))
        except urllib.error.HTTPError as error:
            if error.code in _REDIRECTS | _REFUSALS or error.code == RANGE_REFUSED:
                return cast("http.client.HTTPResponse", error)
            error.close()
            if error.code in _TRANSIENT:
                raise TransientDownloadError(f"{host} returned {error.code} {error.reason}") from None
            raise DownloadError(self._refusal(request.full_url, path, error.code)) from None
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
        self._token = _authorization()
        return bool(self._token)

    def _refusal(self, url: str, path: str, status: int) -> str:
        host = urlsplit(url).netloc
        if status in _REFUSALS:
            reason = "your token has no access" if self._token else "authentication required"
            return (
                f"{host} refuses {path} of {self._repo} ({status}): {reason}. Open "
                f"https://huggingface.co/{self._repo}, accept its terms if there are any, and run "
                "`hf auth login` (or set HF_TOKEN)"
            )
        if status == http.client.NOT_FOUND:
            return (
                f"{host} doesn't have {path} of {self._repo} at commit {self._revision} (404); check HF_ENDPOINT if it "
                "is set, or update Voxweft"
            )
        return f"{host} refuses {path} of {self._repo} ({status})"


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _authorization() -> str:
    """Return the header that huggingface_hub would send, by its rules on tokens; '' for none."""
    from huggingface_hub import get_token

    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return f"Bearer {token}" if token else ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _redirect_target(url: str, location: str) -> str:
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    safe = after.scheme == "https" or (after.scheme == "http" and before.scheme == "http")
    if not (location and safe and after.netloc):
        raise DownloadError(f"{before.netloc} redirects to '{location}', which isn't a safe address")
    return target
