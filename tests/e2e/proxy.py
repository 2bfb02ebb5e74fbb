"""proxy: a TCP forwarder on 127.0.0.1 whose connections can be cut, as a network does."""
# SPDX-License-Identifier: Apache-2.0
import socket
import threading


class Proxy:
    def __init__(self, target_port):
        self.target = ("127.0.0.1", target_port)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = set()
        self.open = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            try:
                server = socket.create_connection(self.target) if self.open else None
            except OSError:
                server = None
            if server is None:
                client.close()
                continue
            pair = (client, server)
            with self.lock:
                self.pairs.add(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self.forward, args=(source, sink, pair), daemon=True).start()

    def forward(self, source, sink, pair):
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        except OSError:
            pass
        self.drop(pair)

    def drop(self, pair):
        with self.lock:
            self.pairs.discard(pair)
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
            except OSError:
                pass
            end.close()

    def cut(self):
        """Ends every connection; returns how many there were."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            self.drop(pair)
        return len(pairs)

    def block(self):
        """Nothing comes through until unblock()."""
        self.open = False
        return self.cut()

    def unblock(self):
        self.open = True

    def close(self):
        self.listener.close()
        self.cut()
