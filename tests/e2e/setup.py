"""setup: what the tests beside it begin with."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))

import api  # noqa: E402
import model  # noqa: E402
import objects  # noqa: E402
from client import check, finish, same  # noqa: E402, F401
from cluster import Cluster, assets, extender  # noqa: E402, F401
from slicefit import Slicefit  # noqa: E402, F401


def settle(cluster, stream):
    """Creates the pods and waits until each has a node or was refused; all pods as they are then."""
    cluster.api.create_all(api.PODS, stream)
    return list(cluster.api.wait(api.PODS, lambda pods: model.settled(pods, len(stream)),
                                 "all pods to be decided").values())


def clear(cluster):
    cluster.api.delete(api.PODS)
    cluster.api.wait(api.PODS, lambda found: not found, "the pods to go")


def settled_books(slicefit, pods):
    """Waits until slicefit's books are the API server's: each bound pod counted, no promise left, and as many
    devices held as the pods ask for."""
    devices = sum(sum(model.wanted(pod).values()) for pod in model.bound(pods))

    def is_settled():
        return (slicefit.metric("slicefit_reservations ") == 0 and
                slicefit.metric('slicefit_pods{state="bound"}') == len(model.bound(pods)) and
                slicefit.metric("slicefit_pods_unplaced ") == 0 and
                slicefit.metric("slicefit_gpu_devices_allocated{") == devices)

    slicefit.wait_for(is_settled, "of one mind with the API server")
