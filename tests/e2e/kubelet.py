"""kubelet: what ends pods on a real cluster, made of a thread.

The API server deletes a pod on a node in two steps: it writes deletionTimestamp, and the kubelet deletes the pod for good
when its containers are gone (kubernetes, pkg/kubelet/status/status_manager.go, syncPod). Without a kubelet a pod whose
first step was written before the asking client was killed would stay for ever, even with a grace period of 0
(staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go, BeforeDelete)."""
# SPDX-License-Identifier: Apache-2.0
import api
from follower import Follower


class Kubelet(Follower):
    """Of all nodes."""

    def __init__(self, cluster):
        super().__init__(cluster, api.PODS)

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
