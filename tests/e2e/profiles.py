"""The scheduler's configuration and slicefit's as deploy/ has them: the file is taken by kube-scheduler, and in both of its
profiles pods with GPUs go where slicefit's order puts them; the scheduler alone would spread them."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys

from setup import Cluster, Slicefit, api, assets, check, finish, model, objects, same, settle

BINARY = sys.argv[1]
DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy")
NODES = 4


def shipped(cluster, slicefit):
    """deploy/scheduler.yaml for this cluster: kube-scheduler 1.20, without TLS."""
    with open(os.path.join(DEPLOY, "scheduler.yaml"), encoding="utf-8") as file:
        text = file.read()
    for pattern, put in ((r"(?m)^apiVersion: \S+/v1\b", "apiVersion: kubescheduler.config.k8s.io/v1beta1"),
                         (r"kubeconfig: \S+", f"kubeconfig: {cluster.kubeconfig}"),
                         (r"urlPrefix: \S+", f"urlPrefix: {slicefit.url}/scheduler"),
                         (r"(?m)^  (enableHTTPS: true|tlsConfig:\n(    .*\n)+)", "")):
        text, found = re.subn(pattern, put, text)
        check(f"deploy/scheduler.yaml has {pattern}", found)
    address = f"127.0.0.1:{cluster.health}"
    text += (f"leaderElection: {{leaderElect: false}}\nhealthzBindAddress: {address}\nmetricsBindAddress: {address}\n"
             "podInitialBackoffSeconds: 1\npodMaxBackoffSeconds: 1\n")
    path = cluster.path("shipped.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def pods(scheduler, count, resources):
    made = [objects.pod(f"{scheduler}-{i:02d}", resources) for i in range(count)]
    for pod in made:
        pod["spec"]["schedulerName"] = scheduler
    return made


def nodes_of(found, scheduler):
    return {model.node_of(pod) for pod in model.bound(found) if pod["spec"]["schedulerName"] == scheduler}


with Cluster(assets()) as cluster:
    cluster.api.create_all(api.NODES, objects.nodes("whole", NODES, "whole"))
    with Slicefit(BINARY, cluster, "--config", os.path.join(DEPLOY, "serve-config.yaml")) as slicefit:
        cluster.schedule_by(shipped(cluster, slicefit))
        found = settle(cluster, pods("slicefit", 8, {objects.GPU: 1}))
        same("slicefit's profile fills one node", len(nodes_of(found, "slicefit")), 1)
        both = pods("slicefit", 8, {objects.GPU: 1}) + pods("default-scheduler", 8, {objects.GPU: 1})
        cluster.api.create_all(api.PODS, both[8:])
        found = list(cluster.api.wait(api.PODS, lambda pods: model.settled(pods, len(both)), "a decision").values())
        same("so does the other", len(nodes_of(found, "default-scheduler")), 1)
        check("full nodes are left alone", nodes_of(found, "slicefit").isdisjoint(nodes_of(found, "default-scheduler")))
        same("no more than there is", model.overcommitted(objects.nodes("whole", NODES, "whole"), found), [])
        binds = slicefit.metric('slicefit_requests_total{verb="bind"')
        check("slicefit bound them", binds >= len(both), binds)
        print(f"{len(model.bound(found))} pods on {len(nodes_of(found, 'slicefit') | nodes_of(found, 'default-scheduler'))} of "
              f"{NODES} nodes")
finish()
