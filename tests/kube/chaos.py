"""The reflector against an API server that changes objects and fails at random: what was told
adds up to what is there, and each object's life is told in order."""
# SPDX-License-Identifier: Apache-2.0
import random

from api_server import PATIENCE, ApiServer
from program import PODS, Follow, item, page, status

SEEDS = 12
REQUESTS = 60  # of each seed, before the server gets well
NAMES = [f"p{i}" for i in range(12)]


class Cluster:
    """The truth: objects, and the history of versions that a watch may start from."""

    def __init__(self, rng):
        self.rng = rng
        self.version = 1
        self.objects = {}
        self.history = []  # (version, type, object)
        self.oldest = 1    # a watch from before this version is 410 Gone
        self.snapshots = {}

    def record(self, kind, name, uid):
        self.version += 1
        self.history.append((self.version, kind, item(name, self.version, uid, "ns")))

    def change(self):
        name = self.rng.choice(NAMES)
        if name not in self.objects:
            self.objects[name] = f"{name}-{self.version}"
            self.record("ADDED", name, self.objects[name])
        elif self.rng.random() < 0.4:
            self.record("DELETED", name, self.objects.pop(name))
        else:
            self.record("MODIFIED", name, self.objects[name])

    def newest(self, name):
        return next(o for _, _, o in reversed(self.history) if o["metadata"]["name"] == name)

    def first_page(self, limit):
        self.snapshots[self.version] = [self.newest(name) for name in sorted(self.objects)]
        return self.page(self.version, 0, limit)

    def page(self, version, start, limit):
        items = self.snapshots[version][start:start + limit]
        end = start + len(items)
        more = f"{version}:{end}" if end < len(self.snapshots[version]) else None
        return page(version, *items, more=more)


def answer_list(cluster, request, healthy):
    limit = int(request.query.get("limit", 1000))
    dice = 1 if healthy else cluster.rng.random()
    if dice < 0.1:
        request.cut()
    elif dice < 0.2:
        request.answer(status(429, "TooManyRequests"), "429 Too Many Requests")
    elif "continue" not in request.query:
        request.answer(cluster.first_page(limit), packed=dice < 0.6)
    elif dice < 0.35:
        request.answer(status(410, "Expired"), "410 Gone")
    else:
        version, start = map(int, request.query["continue"].split(":"))
        request.answer(cluster.page(version, start, limit))


def fail_watch(cluster, request):
    """Ends a watch in one of the ways there are."""
    way = cluster.rng.choice(("end", "cut", "half", "garbage", "gone", "error"))
    if way == "half":
        request.chunk(b'{"type":"MODIFIED","object":{"meta')
    elif way == "garbage":
        request.chunk(b"upstream connect error\n")
    elif way == "gone":
        cluster.oldest = cluster.version
        request.send("ERROR", status(410, "Expired"))
    elif way == "error":
        request.send("ERROR", status(500, "InternalError"))
    if way in ("cut", "half"):
        request.cut()
    else:
        request.end()


def answer_watch(cluster, request, healthy):
    since = int(request.query["resourceVersion"])
    if since < cluster.oldest and not healthy:
        request.answer(status(410, "Gone"), "410 Gone")
        return
    request.open()
    for _ in range(cluster.rng.randrange(8)):
        cluster.change()
    if healthy:
        cluster.objects["last"] = "u-last"
        cluster.record("ADDED", "last", "u-last")
    for version, kind, obj in cluster.history:
        if version > since:
            request.send(kind, obj)
    if cluster.rng.random() < 0.5:
        request.send("BOOKMARK", item("", cluster.version, "", "ns"))
    if not healthy:
        for _ in range(cluster.rng.randrange(3)):
            cluster.change()  # goes unseen until the next request
        fail_watch(cluster, request)


def follow_told(follow):
    """What is there by what was told, until the last object appears (it comes by a watch)."""
    there = {}
    while "ns/last" not in there:
        word, *rest = follow.lines.get(timeout=PATIENCE).split(" ", 2)
        if word == "added":
            assert rest[0] not in there, rest
            there[rest[0]] = rest[1]
        elif word in ("modified", "deleted"):
            assert there[rest[0]] == rest[1], rest
            if word == "deleted":
                del there[rest[0]]
    return there


def run(seed):
    rng = random.Random(seed)
    cluster = Cluster(rng)
    server = ApiServer()
    follow = Follow(server, PODS, limit=rng.choice((1, 3, 5)))
    for _ in range(20):
        cluster.change()
    for step in range(10 * REQUESTS):
        healthy = step >= REQUESTS
        request = server.take()
        watching = "watch" in request.query
        (answer_watch if watching else answer_list)(cluster, request, healthy)
        if healthy and watching:
            break
    told = follow_told(follow)
    assert told == {f"ns/{name}": uid for name, uid in cluster.objects.items()}, (seed, told)
    follow.stop()
    server.close()


for number in range(SEEDS):
    run(number)
    print(f"ok seed {number}", flush=True)
