"""A mail server for tests: real SMTP on a port of its own, which behaves as it is told."""

import contextlib
import email
import email.message
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Literal

Behaviour = Literal["takes", "refuses_address", "busy", "drops_after_data", "hangs_after_data"]


class MailServer(socketserver.ThreadingTCPServer):
    """`behaviour` may change while it runs; `taken` holds what it has accepted, `handed_over` what it has read."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.behaviour: Behaviour = "takes"
        self.taken: list[email.message.Message] = []
        self.handed_over = 0
        self.stop = threading.Event()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._talk()

    def _talk(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            match line[:4].upper():
                case "QUIT":
                    self._say("221 bye")
                    return
                case "RCPT" if self.server.behaviour == "refuses_address" or "nobody@" in line:
                    self._say("550 no such user")
                case "RCPT" if self.server.behaviour == "busy":
                    self._say("450 try later")
                case "DATA":
                    self._say("354 go on")
                    if not self._take():
                        return
                case _:
                    self._say("250 fine")

    def _take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.handed_over += 1
        if self.server.behaviour == "drops_after_data":
            return False
        if self.server.behaviour == "hangs_after_data":
            self.server.stop.wait(120)
            return False
        self.server.taken.append(email.message_from_bytes(b"".join(lines)))
        self._say("250 taken")
        return True


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that runs until the end of the block."""
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
