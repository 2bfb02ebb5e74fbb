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
