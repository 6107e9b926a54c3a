"""A TCP proxy that cuts connections when so many octets have passed."""

import contextlib
import socket
import threading


class Proxy:
    def __init__(self, server):
        self.server, self.cuts, self.connections = server, 0, 0
        self._before = {}
        self._limits, self._times = {}, 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def cut_after(self, from_server=None, from_client=None, times=1):
        """Cuts a connection when this much has come from one side; only so many connections."""
        self._limits = {"server": from_server, "client": from_client}
        self._times = times

    def before_connection(self, number, action):
        """Something is done before the connection with this number, from 1 on, reaches the server."""
        self.connections, self._before = 0, {number: action}

    def heal(self):
        self._times = 0

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._before.pop(self.connections, lambda: None)()
                server = socket.create_connection(self.server)
                for ends in ((client, server, "client"), (server, client, "server")):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source, target, side):
        passed = 0
        with contextlib.suppress(OSError):
            while octets := source.recv(4096):
                limit = self._limits.get(side)
                with self._lock:
                    cut = self._times > 0 and limit is not None and passed + len(octets) > limit
                    if cut:
                        self._times -= 1
                        self.cuts += 1
                if cut:
                    # Half of it still arrives: the answer to what was sent is what gets lost.
                    target.sendall(octets[: limit - passed])
                    break
                passed += len(octets)
                target.sendall(octets)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
