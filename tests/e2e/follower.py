"""follower: a thread that is told of every object of a list: as it is now, and whenever it changes."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import threading

import api

PAUSE_S = 0.02
LISTED_ANEW_S = 2


class Follower:
    """Calls follow(object) within its `with`, never twice at the same time."""

    def __init__(self, cluster, path):
        self.api, self.path, self.done = cluster.api, path, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def run(self):
        while not self.done.is_set():
            try:
                self.follow_all()
            except (OSError, http.client.HTTPException, api.ApiError) as error:
                self.trouble(error)

    def follow_all(self):
        listed = self.api.get(self.path)
        for item in listed["items"]:
            self.follow(item)
        for _, item in self.api.watch(self.path, listed["metadata"]["resourceVersion"], LISTED_ANEW_S):
            self.follow(item)
            if self.done.is_set():
                break

    def follow(self, item):
        raise NotImplementedError

    def trouble(self, _error):
        """Takes a breath; the list is read anew then."""
        self.done.wait(PAUSE_S)
