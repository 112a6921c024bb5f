"""Program: measure `/health` ten times a second from its own process. Arguments: URL and seconds."""

from __future__ import annotations

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

from .bench import percentile

_INTERVAL_S = 0.1


def main() -> None:
    """Measure for the given seconds and print percentiles in milliseconds."""
    url, seconds = urlsplit(sys.argv[1]), float(sys.argv[2])
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    times_ms = []
    until_s = time.perf_counter() + seconds
    while (began_s := time.perf_counter()) < until_s:
        connection.request("GET", "/health")
        connection.getresponse().read()
        times_ms.append((time.perf_counter() - began_s) * 1e3)
        time.sleep(max(0.0, _INTERVAL_S - (time.perf_counter() - began_s)))
    figures = {
        "health_p50_ms": percentile(times_ms, 50),
        "health_p99_ms": percentile(times_ms, 99),
        "health_max_ms": max(times_ms),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
