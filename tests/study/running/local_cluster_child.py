"""Tries to speak to a local cluster without its certificate, then solves on it: python local_cluster_child.py FOLDER."""

from __future__ import annotations

import socket
import sys
from typing import Any

import distributed
import psutil

import saddlepoint


def listening(addresses: list[str]) -> list[int]:
    """The ports of the addresses, each of which must be on this machine only."""
    places = [address.removeprefix("tls://").rsplit(":", 1) for address in addresses]
    assert all(address.startswith("tls://127.0.0.1:") for address in addresses), addresses
    return [int(port) for _, port in places]


def open_ports() -> set[int]:
    """Every port on which this process or one of its children listens."""
    this = psutil.Process()
    places = [
        place
        for process in (this, *this.children(recursive=True))
        for place in process.net_connections("tcp")
    ]
    return {place.laddr.port for place in places if place.status == psutil.CONN_LISTEN}


def kept_out(port: int) -> bool:
    """Whether a client without the certificate gets no answer, over plain TCP nor over TLS of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    stranger = distributed.Security.temporary()
    for address, security in ((f"tcp://127.0.0.1:{port}", None), (f"tls://127.0.0.1:{port}", stranger)):
        try:
            distributed.Client(address, security=security, timeout="2s").close()
        except OSError:
            continue
        return False
    return True


def main(folder: str) -> None:
    tried: list[bool] = []

    def knock(_done: int, _total: int) -> None:
        if not tried:
            client: Any = distributed.get_client()
            scheduler, workers = client.scheduler.address, dict[str, Any](client.scheduler_info()["workers"])
            nannies = [worker["nanny"] for worker in workers.values()]
            ports = listening([scheduler, *workers, *nannies])
            assert open_ports() == set(ports), "no pages over plain HTTP"
            tried.extend(map(kept_out, ports))

    lab = saddlepoint.open(folder)
    result = lab.solve(knock, on="local:1", chunk=1)
    assert tried and all(tried), tried
    assert result.exit_code == 0
    print("kept out, then solved")


if __name__ == "__main__":
    main(sys.argv[1])
