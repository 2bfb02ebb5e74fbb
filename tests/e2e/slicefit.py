"""slicefit: `slicefit serve` beside a cluster, always on the same port so that it can come back."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os

from process import Process, free_port


class Slicefit(Process):
    """Ready when the constructor returns: it has seen all nodes and pods."""

    def __init__(self, binary, cluster, *options, kubeconfig=None):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__("slicefit", [os.path.abspath(binary), "serve", "--listen", f"127.0.0.1:{self.port}", "--kubeconfig",
                                      kubeconfig or cluster.kubeconfig, *options], cluster.folder)
        self.wait_for(self.is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def is_ready(self):
        return self.ask("/readyz")[0] == 200

    def restart(self):
        """After kill(): the same command line."""
        self.start()
        self.wait_for(self.is_ready)

    def ask(self, path):
        """(status, text) of a GET; (None, "") while nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def get(self, path):
        return json.loads(self.ask(path)[1])

    def metric(self, prefix):
        """The sum of the samples that begin so."""
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.ask("/metrics")[1].splitlines()
                   if line.startswith(prefix))
