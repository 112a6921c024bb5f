"""HTTP as the hub speaks it: redirects to where a file lies, byte ranges, and refusals that say what to do.

The transfer isn't left to huggingface_hub: as of 2.4 it removes the partial file of a download that ends early, so that
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

from .errors import DownloadError

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be another one in a moment."""
RANGE_REFUSED = 416


class PassingError(Exception):
    """Something that may go by itself; the message says what it was."""


class HubClient:
    """Opens files of one repository at one commit. `stall_s` is how long a server may say nothing."""

    def __init__(self, repo: str, revision: str, stall_s: float) -> None:
        if constants.HF_HUB_OFFLINE:
            raise DownloadError("HF_HUB_OFFLINE is set, so nothing is downloaded: unset it for this")
        self._repo = repo
        self._revision = revision
        self._stall_s = stall_s
        self._token: str | None = None
        """Not known before the hub asks for one, which it does for models with a gate; then '' if there is none."""
        self._opener = urllib.request.OpenerDirector()
        # Only what is needed: no files, no FTP, and redirects are followed here, where they can be bounded.
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            self._opener.add_handler(handler)

    def open(self, path: str, start: int) -> http.client.HTTPResponse:
        """Open a file from byte `start` on. The answer's status is 200 (from the beginning), 206, or 416.

        PassingError for what may be better in a moment, DownloadError for what won't.
        """
        template: str = constants.HUGGINGFACE_CO_URL_TEMPLATE
        url = first = template.format(repo_id=self._repo, revision=self._revision, filename=quote(path))
        for _ in range(_MOST_REDIRECTS + 1):
            request = urllib.request.Request(url)  # noqa: S310  its scheme is checked below
            request.add_header("User-Agent", "voxweft")
            request.add_header("Accept-Encoding", "identity")
            if start:
                request.add_header("Range", f"bytes={start}-")
            if self._token and _origin(url) == _origin(first):
                request.add_unredirected_header("Authorization", self._token)
            answer = self._answer(request, path)
            if answer.status in _REFUSALS:
                answer.close()
                if not self._look_for_token():
                    raise DownloadError(self._refusal(url, path, answer.status))
            elif answer.status in _REDIRECTS:
                answer.close()
                url = _next(url, answer.headers.get("Location", ""))
            else:
                return answer
        raise DownloadError(f"{urlsplit(first).netloc} sends from one address to the next without end ({path})")

    def _answer(self, request: urllib.request.Request, path: str) -> http.client.HTTPResponse:
        host = urlsplit(request.full_url).netloc
        if urlsplit(request.full_url).scheme not in ("http", "https"):
            raise DownloadError(f"HF_ENDPOINT must begin with https://, not {request.full_url}")
        try:
            return cast("http.client.HTTPResponse", self._opener.open(request, timeout=self._stall_s))
        except urllib.error.HTTPError as error:
            if error.code in _REDIRECTS | _REFUSALS or error.code == RANGE_REFUSED:
                return cast("http.client.HTTPResponse", error)
            error.close()
            if error.code in _PASSING:
                raise PassingError(f"{host} answers {error.code} {error.reason}") from None
            raise DownloadError(self._refusal(request.full_url, path, error.code)) from None
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise DownloadError(
                    f"{host} can't be trusted: {reason.verify_message}. Is there a proxy between?"
                ) from error
            raise PassingError(f"{host} can't be reached ({_words(reason)})") from error
        except (OSError, http.client.HTTPException) as error:
            raise PassingError(f"{host} doesn't answer ({_words(error)})") from error

    def _look_for_token(self) -> bool:
        """Return whether there is a token that wasn't tried yet."""
        if self._token is not None:
            return False
        self._token = _authorization()
        return bool(self._token)

    def _refusal(self, url: str, path: str, status: int) -> str:
        host = urlsplit(url).netloc
        if status in _REFUSALS:
            how = "your token has no access to it" if self._token else "it wants a token"
            return (
                f"{host} refuses {path} of {self._repo} ({status}): {how}. Open "
                f"https://huggingface.co/{self._repo}, accept its terms if it asks, and run "
                "`hf auth login` (or set HF_TOKEN)"
            )
        if status == http.client.NOT_FOUND:
            return (
                f"{host} doesn't have {path} of {self._repo} at commit {self._revision} (404): check HF_ENDPOINT if it "
                "is set, or look for a later Voxweft"
            )
        return f"{host} refuses {path} of {self._repo} ({status})"


def _words(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


def _authorization() -> str:
    """Return what the library would send, by its own rules on tokens; '' for nothing."""
    from huggingface_hub import get_token

    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return f"Bearer {token}" if token else ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _next(url: str, location: str) -> str:
    following = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(following)
    safe = after.scheme == "https" or (after.scheme == "http" and before.scheme == "http")
    if not (location and safe and after.netloc):
        raise DownloadError(f"{before.netloc} sends to '{location}', which isn't followed")
    return following
