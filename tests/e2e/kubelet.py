"""kubelet: what ends pods on a real cluster, made of a thread.

The API server deletes a pod on a node in two steps: it writes deletionTimestamp, and the kubelet deletes the pod for good
when its containers are gone (kubernetes, pkg/kubelet/status/status_manager.go, syncPod). Without a kubelet a pod whose
first step was written before the asking client was killed would stay for ever, even with a grace period of 0
(staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go, BeforeDelete)."""
# SPDX-License-Identifier: Apache-2.0
import http.client
import threading

import api

PAUSE_S = 0.02
LISTED_ANEW_S = 2


class Kubelet:
    """Of all nodes, from the constructor on."""

    def __init__(self, cluster):
        self.api, self.done = cluster.api, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def run(self):
        while not self.done.is_set():
            try:
                listed = self.api.get(api.PODS)
                for pod in listed["items"]:
                    self.follow(pod)
                for _, pod in self.api.watch(api.PODS, listed["metadata"]["resourceVersion"], LISTED_ANEW_S):
                    self.follow(pod)
                    if self.done.is_set():
                        break
            except (OSError, http.client.HTTPException, api.ApiError):  # then they are listed anew
                self.done.wait(PAUSE_S)

    def follow(self, pod):
        meta = pod.get("metadata", {})
        if "deletionTimestamp" not in meta or "nodeName" not in pod["spec"]:
            return
        try:
            self.api.ask("DELETE", f"{api.PODS}/{meta['name']}", {
                "gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
        except api.ApiError as error:
            if error.code not in (404, 409):  # it is gone, or another one has its name
                raise
