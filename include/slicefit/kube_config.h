/* kube_config: where the Kubernetes API is, whom it trusts and who we are there. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_CONFIG_H
#define SF_KUBE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct sf_arena;
struct sf_error;

/* Where kubelet mounts a pod's service account, and the variables that name the API server
 * (kubernetes.io/docs/tasks/run-application/access-api-from-pod). */
#define SF_KUBE_ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define SF_KUBE_HOST_ENV    "KUBERNETES_SERVICE_HOST"
#define SF_KUBE_PORT_ENV    "KUBERNETES_SERVICE_PORT"

/* PEM text either in a file or inline; neither: not given. Inline text wins, as in client-go. */
struct sf_kube_pem {
	const char *file;
	const char *text;
	size_t len;
};

/* All texts live in the arena; NULL where nothing was said. */
struct sf_kube_config {
	const char *server; /* "https://10.0.0.1:6443", maybe with a path, without a / at the end */
	bool insecure;      /* any certificate of the server will do */
	struct sf_kube_pem ca;   /* not given: the roots of the system */
	struct sf_kube_pem cert; /* of the client; with key or not at all */
	struct sf_kube_pem key;
	const char *token;
	const char *token_file; /* read again for each request, since kubelet rotates it; wins over
	                         * token while it can be read */
	const char *space;      /* the namespace of the context or of our own pod */
};

/*
 * Reads a kubeconfig file (YAML or JSON). `context` NULL is its current-context. Paths in it are
 * relative to the file. What only an external program or another protocol can do (exec,
 * auth-provider, username, impersonation, proxy-url, tls-server-name) is refused; unknown keys are
 * ignored, as kubectl does.
 */
int sf_kube_config_read(const char *path, const char *context, struct sf_arena *arena,
                        struct sf_kube_config *out, struct sf_error *err);

/* The same from a text; `path` is for messages and for relative paths. */
int sf_kube_config_parse(const char *text, const char *path, const char *context,
                         struct sf_arena *arena, struct sf_kube_config *out, struct sf_error *err);

/* The service account of the pod we run in. `host` and `port` are the values of the two variables
 * (NULL: unset), `dir` is SF_KUBE_ACCOUNT_DIR. */
int sf_kube_config_in_cluster(const char *host, const char *port, const char *dir,
                              struct sf_arena *arena, struct sf_kube_config *out,
                              struct sf_error *err);

#endif
