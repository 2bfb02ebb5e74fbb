/* test_kube_config: kubeconfig files, service accounts, and the base64 in them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_config.h>

#include "kube/base64.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char base[] = "apiVersion: v1\n"
			   "kind: Config\n"
			   "current-context: c\n"
			   "contexts:\n"
			   "- {name: other, context: {cluster: nowhere}}\n"
			   "- {name: c, context: {cluster: k, user: u, namespace: gpu}}\n";

static int parse(const char *cluster, const char *user, struct sf_arena *arena,
                 struct sf_kube_config *out, struct sf_error *err)
{
	char text[2048];
	snprintf(text, sizeof(text),
	         "%sclusters:\n- {name: k, cluster: {%s}}\nusers:\n- {name: u, user: {%s}}\n", base,
	         cluster, user);
	return sf_kube_config_parse(text, "/etc/kube/config", NULL, arena, out, err);
}

Test(kube_config, files_and_data)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_config config;
	struct sf_error err = {0};
	int rc = parse("server: 'https://10.0.0.1:6443/', certificate-authority: pki/ca.crt,"
	               " extensions: []",
	               "token: abc, tokenFile: /run/token, client-certificate: me.crt,"
	               " client-key: not-used.key, client-key-data: a2V5Cg==",
	               arena, &config, &err);
	cr_assert(eq(int, rc, 0), "%s", err.text);
	cr_assert(eq(str, (char *)config.server, "https://10.0.0.1:6443"));
	cr_assert(eq(str, (char *)config.ca.file, "/etc/kube/pki/ca.crt"));
	cr_assert(eq(str, (char *)config.cert.file, "/etc/kube/me.crt"));
	cr_assert(eq(ptr, (void *)config.key.file, NULL), "inline data wins");
	cr_assert(eq(sz, config.key.len, 4));
	cr_assert(eq(int, memcmp(config.key.text, "key\n", 4), 0));
	cr_assert(eq(str, (char *)config.token, "abc"));
	cr_assert(eq(str, (char *)config.token_file, "/run/token"));
	cr_assert(eq(str, (char *)config.space, "gpu"));
	cr_assert(not(config.insecure));
	sf_arena_destroy(arena);
}

static const struct refused {
	const char *cluster;
	const char *user;
	const char *text; /* part of the message */
} refused[] = {
	{"server: 'https://a'", "exec: {command: aws}",
         "/etc/kube/config:10:20: exec: slicefit runs"},
	{"server: 'https://a'", "auth-provider: {name: gcp}", "auth-provider: "},
	{"server: 'https://a'", "username: me, password: it", "username: "},
	{"server: 'https://a'", "token: a, as: root", "as: "},
	{"server: 'https://a', proxy-url: 'http://p'", "", "proxy-url: "},
	{"server: 'https://a', tls-server-name: x", "", "tls-server-name: "},
	{"server: '10.0.0.1:6443'", "", "server has to be"},
	{"server: 'https://'", "", "server has to be"},
	{"insecure-skip-tls-verify: true", "", "server has to be"},
	{"server: 'https://a', insecure-skip-tls-verify: maybe", "", ":8:"},
	{"server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: a", "",
         "keep one of the two"},
	{"server: 'https://a', certificate-authority-data: '%%%'", "", "is no base64"},
	{"server: 'https://a'", "client-certificate: a", "needs its key"},
	{"server: 'https://a'", "client-key-data: a2V5Cg==", "needs its key"},
	{"server: 'https://a'", "token: [a]", "token has to be a text"},
};

Test(kube_config, refusals)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_kube_config config = {.server = "untouched"};
		struct sf_error err = {0};
		int rc = parse(refused[i].cluster, refused[i].user, arena, &config, &err);
		cr_assert(eq(int, rc, -1), "row %zu", i);
		cr_assert(strstr(err.text, refused[i].text) != NULL, "row %zu: %s", i, err.text);
		cr_assert(eq(str, (char *)config.server, "untouched"));
		sf_arena_destroy(arena);
	}
}

static const struct chosen {
	const char *context;
	const char *text; /* NULL: it is there */
} chosen[] = {
	{NULL, NULL},
	{"c", NULL},
	{"other", "no 'nowhere' in clusters"},
	{"x", "no 'x' in contexts"},
};

Test(kube_config, contexts)
{
	for (size_t i = 0; i < sizeof(chosen) / sizeof(*chosen); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_kube_config config;
		struct sf_error err = {0};
		char text[1024];
		snprintf(text, sizeof(text),
		         "%sclusters: [{name: k, cluster: {server: 'http://l'}}]\n"
		         "users: [{name: u, user: {}}]\n",
		         base);
		int rc = sf_kube_config_parse(text, "config", chosen[i].context, arena, &config,
		                              &err);
		cr_assert(eq(int, rc, chosen[i].text == NULL ? 0 : -1), "row %zu: %s", i, err.text);
		cr_assert(chosen[i].text == NULL || strstr(err.text, chosen[i].text) != NULL,
		          "row %zu: %s", i, err.text);
		sf_arena_destroy(arena);
	}
}

Test(kube_config, in_cluster)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_config config;
	struct sf_error err = {0};
	char dir[] = "/tmp/slicefit-account-XXXXXX";
	cr_assert(mkdtemp(dir) != NULL);
	cr_assert(eq(int, sf_kube_config_in_cluster(NULL, "443", dir, arena, &config, &err), -1));
	cr_assert(strstr(err.text, "give --kubeconfig") != NULL, "%s", err.text);
	cr_assert(eq(int, sf_kube_config_in_cluster("a", "443", dir, arena, &config, &err), -1));
	const char *path = sf_arena_printf(arena, "%s/namespace", dir);
	FILE *file = fopen(path, "w");
	fputs("kube-system\n", file);
	fclose(file);
	cr_assert(
		eq(int, sf_kube_config_in_cluster("fd00::1", "443", dir, arena, &config, &err), 0));
	cr_assert(eq(str, (char *)config.server, "https://[fd00::1]:443"));
	cr_assert(eq(str, (char *)config.space, "kube-system"));
	cr_assert(eq(str, (char *)config.token_file, sf_arena_printf(arena, "%s/token", dir)));
	unlink(path);
	rmdir(dir);
	sf_arena_destroy(arena);
}

static const struct coded {
	const char *text;
	const char *plain; /* NULL: no base64 */
} coded[] = {
	/* RFC 4648 section 10 */
	{"", ""},
	{"Zg==", "f"},
	{"Zm8=", "fo"},
	{"Zm9v", "foo"},
	{"Zm9vYg==", "foob"},
	{"Zm9vYmE=", "fooba"},
	{"Zm9vYmFy", "foobar"},
	{"Zm9v\n YmFy\r\n", "foobar"},
	{"Pz8/Pj4+", "?\?\?>>>"},
	{"Zg", NULL},
	{"Zg=", NULL},
	{"Z", NULL},
	{"Z===", NULL},
	{"Zg==Zg==", NULL},
	{"Zm9v====", NULL},
	{"Zm9-", NULL},
	{"=", NULL},
};

Test(kube_config, base64)
{
	for (size_t i = 0; i < sizeof(coded) / sizeof(*coded); i++) {
		unsigned char out[32];
		size_t len = strlen(coded[i].text);
		long n = sf_base64_decode(coded[i].text, len, out);
		cr_assert(n <= (long)SF_BASE64_ROOM(len));
		long want = coded[i].plain != NULL ? (long)strlen(coded[i].plain) : -1;
		cr_assert(eq(long, n, want), "row %zu", i);
		cr_assert(n < 0 || memcmp(out, coded[i].plain, (size_t)n) == 0, "row %zu", i);
	}
}
