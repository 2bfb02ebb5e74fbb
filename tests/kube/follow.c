/* follow: a reflector whose events are printed, one a line; ends with its standard input. */
// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_config.h>
#include <slicefit/reflector.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const words[] = {
	[SF_REFLECT_ADDED] = "added",
	[SF_REFLECT_MODIFIED] = "modified",
	[SF_REFLECT_DELETED] = "deleted",
	[SF_REFLECT_SYNCED] = "synced",
};

static void on_event(void *ctx, const struct sf_reflect_event *event)
{
	(void)ctx;
	if (event->kind == SF_REFLECT_SYNCED) {
		puts("synced");
	} else {
		printf("%s %s/%s %s\n", words[event->kind], event->space, event->name, event->uid);
	}
	fflush(stdout);
}

/* follow KUBECONFIG|DIR PATH PAGE RETRY_MS ANSWER_MS LIST_BYTES; the variables of a pod, where set,
 * make the first a service account's folder. */
int main(int argc, char **argv)
{
	struct sf_error err = {0};
	struct sf_kube_config config;
	struct sf_arena *arena = sf_arena_create(16 << 20);
	const char *host = getenv(SF_KUBE_HOST_ENV);
	char byte;
	if (argc != 7) {
		return 2;
	}
	int rc = host != NULL ? sf_kube_config_in_cluster(host, getenv(SF_KUBE_PORT_ENV), argv[1],
	                                                  arena, &config, &err)
	                      : sf_kube_config_read(argv[1], NULL, arena, &config, &err);
	struct sf_reflect_options options = {
		.config = &config,
		.path = argv[2],
		.event = on_event,
		.trouble = on_trouble,
		.seed = 1,
		.page = number(argv[3]),
		.retry_ms = number(argv[4]),
		.retry_most_ms = number(argv[4]),
		.answer_ms = number(argv[5]),
		.list_bytes = number(argv[6]),
	};
	struct sf_reflector *reflector = rc == 0 ? sf_reflector_start(&options, &err) : NULL;
	if (reflector == NULL) {
		fprintf(stderr, "follow: %s\n", err.text);
		sf_arena_destroy(arena);
		return sf_code_exit(err.code);
	}
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	struct sf_reflect_stats stats = sf_reflector_stats(reflector);
	sf_reflector_stop(reflector);
	printf("end lists=%" PRIu64 " watches=%" PRIu64 " events=%" PRIu64 " failures=%" PRIu64
	       "\n",
	       stats.lists, stats.watches, stats.events, stats.failures);
	sf_arena_destroy(arena);
	return 0;
}
