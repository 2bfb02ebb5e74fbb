/* call: sends the requests of standard input, "METHOD PATH [JSON]" a line, and prints the answers;
 * "OBJECT PATH" reads one object. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/kube_config.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	enum sf_kube_method method;
} methods[] = {
	{"GET", SF_KUBE_GET},
	{"POST", SF_KUBE_POST},
	{"PUT", SF_KUBE_PUT},
	{"MERGE", SF_KUBE_PATCH_MERGE},
	{"STRATEGIC", SF_KUBE_PATCH_STRATEGIC},
	{"APPLY", SF_KUBE_PATCH_APPLY},
};

static void print_doc(const json_t *doc)
{
	char *text = doc != NULL ? json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	printf("%s\n", text == NULL ? "nothing" : strlen(text) < 1024 ? text : "much");
	fflush(stdout);
	free(text);
}

static void get_object(struct sf_kube_http *http, const char *path, uint32_t limit_ms)
{
	struct sf_error err = {0};
	json_t *doc = sf_kube_get_json(http, path, limit_ms, &err);
	printf("code=%d %s ", (int)err.code, err.text);
	print_doc(doc);
	json_decref(doc);
}

static void send_line(struct sf_kube_http *http, char *line, uint32_t limit_ms)
{
	const char *word = strtok(line, " \n");
	const char *path = strtok(NULL, " \n");
	const char *text = strtok(NULL, "\n");
	struct sf_kube_call call = {.path = path, .limit_ms = limit_ms};
	struct sf_kube_reply reply;
	struct sf_error err = {0};
	json_t *answer;
	if (strcmp(word, "OBJECT") == 0) {
		get_object(http, path, limit_ms);
		return;
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		call.method = strcmp(methods[i].word, word) == 0 ? methods[i].method : call.method;
	}
	json_t *doc = text != NULL ? json_loads(text, 0, NULL) : NULL;
	call.doc = doc;
	int rc = sf_kube_call(http, &call, &reply, &answer, &err);
	printf("rc=%d status=%d sent=%d wait=%u %s|%s|%s ", rc, reply.status, reply.sent,
	       reply.retry_after_ms, reply.reason, reply.problem, err.text);
	print_doc(answer);
	json_decref(answer);
	json_decref(doc);
}

/* call KUBECONFIG LIMIT_MS */
int main(int argc, char **argv)
{
	struct sf_error err = {0};
	struct sf_kube_config config;
	struct sf_arena *arena = sf_arena_create(16 << 20);
	static char line[2 << 20];
	if (argc != 3) {
		return 2;
	}
	int rc = sf_kube_config_read(argv[1], NULL, arena, &config, &err);
	struct sf_kube_http *http = rc == 0 ? sf_kube_http_create(&config, &err) : NULL;
	while (http != NULL && fgets(line, sizeof(line), stdin) != NULL) {
		send_line(http, line, (uint32_t)strtoul(argv[2], NULL, 10));
	}
	sf_kube_http_destroy(http);
	sf_arena_destroy(arena);
	return http != NULL ? 0 : 1;
}
