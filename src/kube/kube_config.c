/* kube_config: where the Kubernetes API is, whom it trusts and who we are there. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_config.h>

#include "base64.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <string.h>

enum { CONFIG_BYTES_MAX = 4 << 20 };

struct reader {
	const struct sf_yaml *root;
	const char *path;
	struct sf_arena *arena;
	struct sf_kube_config config;
};

/* Keys of a cluster or user that we cannot honour, and what to do instead. */
struct refusal {
	const char *key;
	const char *mend;
};

static const struct refusal cluster_refusals[] = {
	{"proxy-url", "set https_proxy in the environment"},
	{"tls-server-name", "use a server address that the certificate names"},
	{NULL, NULL},
};

static const struct refusal user_refusals[] = {
	{"exec",
         "slicefit runs no credential plugins: use a token, tokenFile or client certificate"},
	{"auth-provider", "slicefit runs no auth providers: use a token or a client certificate"},
	{"username", "API servers dropped passwords in 1.19: use a token or a client certificate"},
	{"as", "slicefit does not impersonate: give its own user the rights"},
	{NULL, NULL},
};

static int refuse(const struct sf_yaml *node, const struct refusal *refusal,
                  const struct reader *reader, struct sf_error *err)
{
	for (; refusal->key != NULL; refusal++) {
		const struct sf_yaml *child = sf_yaml_get(node, refusal->key);
		if (child != NULL && !sf_yaml_is_null(child)) {
			return sf_yaml_fail_key(child, reader->path, err, "%s: %s", refusal->key,
			                        refusal->mend);
		}
	}
	return 0;
}

/* A text that may be missing, null or empty: *out is NULL then. */
static int get_text(const struct sf_yaml *node, const char *key, const struct reader *reader,
                    const char **out, struct sf_error *err)
{
	const struct sf_yaml *child = sf_yaml_get(node, key);
	*out = NULL;
	if (child == NULL || sf_yaml_is_null(child)) {
		return 0;
	}
	if (child->kind != SF_YAML_SCALAR) {
		return sf_yaml_fail(child, reader->path, err, "%s has to be a text", key);
	}
	*out = child->text[0] != '\0' ? child->text : NULL;
	return 0;
}

/* The same for a path: relative ones start where the kubeconfig file is. */
static int get_path(const struct sf_yaml *node, const char *key, const struct reader *reader,
                    const char **out, struct sf_error *err)
{
	if (get_text(node, key, reader, out, err) < 0) {
		return -1;
	}
	const char *slash = strrchr(reader->path, '/');
	if (*out != NULL && (*out)[0] != '/' && slash != NULL) {
		*out = sf_arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->path),
		                       reader->path, *out);
	}
	return 0;
}

static int get_pem(const struct sf_yaml *node, const char *file_key, const char *data_key,
                   const struct reader *reader, struct sf_kube_pem *out, struct sf_error *err)
{
	const char *data;
	if (get_path(node, file_key, reader, &out->file, err) < 0 ||
	    get_text(node, data_key, reader, &data, err) < 0) {
		return -1;
	}
	if (data == NULL) {
		return 0;
	}
	size_t len = strlen(data);
	unsigned char *bytes = sf_arena_alloc(reader->arena, SF_BASE64_ROOM(len));
	if (bytes == NULL) {
		return sf_fail(err, SF_ENOMEM, "%s: no memory left", reader->path);
	}
	long n = sf_base64_decode(data, len, bytes);
	if (n <= 0) {
		return sf_yaml_fail(sf_yaml_get(node, data_key), reader->path, err,
		                    "%s is no base64", data_key);
	}
	*out = (struct sf_kube_pem){.text = (const char *)bytes, .len = (size_t)n};
	return 0;
}

static bool is_given(const struct sf_kube_pem *pem)
{
	return pem->file != NULL || pem->text != NULL;
}

/* The entry `name` of a list like clusters: [{name: a, cluster: {...}}]: its inner mapping. */
static const struct sf_yaml *find_entry(const struct reader *reader, const char *list,
                                        const char *inner, const char *name, struct sf_error *err)
{
	const struct sf_yaml *entries = sf_yaml_get(reader->root, list);
	size_t n = entries != NULL && entries->kind == SF_YAML_SEQUENCE ? entries->n : 0;
	for (size_t i = 0; i < n; i++) {
		const struct sf_yaml *label = sf_yaml_get(entries->child[i], "name");
		if (label == NULL || label->kind != SF_YAML_SCALAR ||
		    strcmp(label->text, name) != 0) {
			continue;
		}
		const struct sf_yaml *found = sf_yaml_get(entries->child[i], inner);
		if (found == NULL || found->kind != SF_YAML_MAPPING) {
			sf_yaml_fail(entries->child[i], reader->path, err, "'%s' has no %s", name,
			             inner);
			return NULL;
		}
		return found;
	}
	sf_fail(err, SF_EINVAL, "%s: no '%s' in %s", reader->path, name, list);
	return NULL;
}

static int read_server(const struct sf_yaml *cluster, struct reader *reader, struct sf_error *err)
{
	const char *server;
	if (get_text(cluster, "server", reader, &server, err) < 0) {
		return -1;
	}
	const char *host = server != NULL ? strstr(server, "://") : NULL;
	if (host == NULL || host[3] == '\0' || host[3] == '/' ||
	    (strncmp(server, "https:", 6) != 0 && strncmp(server, "http:", 5) != 0)) {
		return sf_yaml_fail(cluster, reader->path, err,
		                    "server has to be a https:// (or http://) address");
	}
	size_t len = strlen(server);
	while (server[len - 1] == '/') {
		len--;
	}
	reader->config.server = sf_arena_strndup(reader->arena, server, len);
	return reader->config.server != NULL ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
}

static int read_cluster(const char *name, struct reader *reader, struct sf_error *err)
{
	const struct sf_yaml *cluster = find_entry(reader, "clusters", "cluster", name, err);
	if (cluster == NULL || refuse(cluster, cluster_refusals, reader, err) < 0 ||
	    read_server(cluster, reader, err) < 0 ||
	    get_pem(cluster, "certificate-authority", "certificate-authority-data", reader,
	            &reader->config.ca, err) < 0) {
		return -1;
	}
	const struct sf_yaml *insecure = sf_yaml_get(cluster, "insecure-skip-tls-verify");
	if (insecure != NULL &&
	    sf_yaml_bool(insecure, reader->path, &reader->config.insecure, err) < 0) {
		return -1;
	}
	if (reader->config.insecure && is_given(&reader->config.ca)) {
		return sf_yaml_fail_key(insecure, reader->path, err,
		                        "insecure-skip-tls-verify makes the certificate authority "
		                        "useless, keep one of the two");
	}
	return 0;
}

static int read_user(const char *name, struct reader *reader, struct sf_error *err)
{
	struct sf_kube_config *config = &reader->config;
	const struct sf_yaml *user = find_entry(reader, "users", "user", name, err);
	if (user == NULL || refuse(user, user_refusals, reader, err) < 0 ||
	    get_text(user, "token", reader, &config->token, err) < 0 ||
	    get_path(user, "tokenFile", reader, &config->token_file, err) < 0 ||
	    get_pem(user, "client-certificate", "client-certificate-data", reader, &config->cert,
	            err) < 0 ||
	    get_pem(user, "client-key", "client-key-data", reader, &config->key, err) < 0) {
		return -1;
	}
	if (is_given(&config->cert) != is_given(&config->key)) {
		return sf_yaml_fail(
			user, reader->path, err,
			"a client certificate needs its key, and a key its certificate");
	}
	return 0;
}

static int read_context(const char *name, struct reader *reader, struct sf_error *err)
{
	const char *cluster, *user;
	if (name == NULL && get_text(reader->root, "current-context", reader, &name, err) < 0) {
		return -1;
	}
	if (name == NULL) {
		return sf_fail(err, SF_EINVAL,
		               "%s: no current-context (kubectl config use-context NAME)",
		               reader->path);
	}
	const struct sf_yaml *context = find_entry(reader, "contexts", "context", name, err);
	if (context == NULL || get_text(context, "cluster", reader, &cluster, err) < 0 ||
	    get_text(context, "user", reader, &user, err) < 0 ||
	    get_text(context, "namespace", reader, &reader->config.space, err) < 0) {
		return -1;
	}
	if (cluster == NULL) {
		return sf_yaml_fail(context, reader->path, err, "context '%s' names no cluster",
		                    name);
	}
	if (read_cluster(cluster, reader, err) < 0) {
		return -1;
	}
	return user != NULL ? read_user(user, reader, err) : 0;
}

int sf_kube_config_parse(const char *text, const char *path, const char *context,
                         struct sf_arena *arena, struct sf_kube_config *out, struct sf_error *err)
{
	struct reader reader = {.path = path, .arena = arena};
	reader.root = sf_yaml_parse(text, strlen(text), path, arena, err);
	if (reader.root == NULL || read_context(context, &reader, err) < 0) {
		return -1;
	}
	*out = reader.config;
	return 0;
}

int sf_kube_config_read(const char *path, const char *context, struct sf_arena *arena,
                        struct sf_kube_config *out, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, CONFIG_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_kube_config_parse(sf_str_get(&text), path, context, arena, out, err);
	}
	sf_str_finish(&text);
	return rc;
}

int sf_kube_config_in_cluster(const char *host, const char *port, const char *dir,
                              struct sf_arena *arena, struct sf_kube_config *out,
                              struct sf_error *err)
{
	if (host == NULL || *host == '\0' || port == NULL || *port == '\0') {
		return sf_fail(err, SF_EINVAL,
		               SF_KUBE_HOST_ENV " and " SF_KUBE_PORT_ENV
		                                " are not set: not in a pod, give --kubeconfig");
	}
	struct sf_str space = {0};
	const char *space_file = sf_arena_printf(arena, "%s/namespace", dir);
	bool ipv6 = strchr(host, ':') != NULL;
	struct sf_kube_config config = {
		.server = sf_arena_printf(arena, ipv6 ? "https://[%s]:%s" : "https://%s:%s", host,
	                                  port),
		.ca.file = sf_arena_printf(arena, "%s/ca.crt", dir),
		.token_file = sf_arena_printf(arena, "%s/token", dir),
	};
	int rc = sf_file_read(space_file, 4096, &space, err);
	if (rc == 0) {
		config.space = sf_arena_strndup(arena, sf_str_get(&space),
		                                strcspn(sf_str_get(&space), " \t\r\n"));
		*out = config;
	} else {
		rc = sf_wrap(err, "service account");
	}
	sf_str_finish(&space);
	return rc;
}
