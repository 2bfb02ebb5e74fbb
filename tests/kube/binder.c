/* binder: binds the pods of standard input, "SPACE POD UID NODE" a line, and prints each outcome. */
// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_binder.h>
#include <slicefit/kube_config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_bound(void *ctx, const struct sf_kube_bound *bound)
{
	printf("%s %s posts=%u asks=%u node=%s %s\n", (char *)ctx,
	       sf_bind_result_name(bound->result), bound->posts, bound->asks, bound->node,
	       bound->text);
	fflush(stdout);
	free(ctx);
}

static void submit(struct sf_kube_binder *binder, char *line)
{
	struct sf_error err = {0};
	const struct sf_kube_annotation annotation = {"slicefit/decision", "{\"gpu\":1}"};
	struct sf_kube_bind bind = {
		.space = strtok(line, " \n"),
		.pod = strtok(NULL, " \n"),
		.uid = strtok(NULL, " \n"),
		.node = strtok(NULL, " \n"),
		.annotations = &annotation,
		.n_annotations = 1,
	};
	char *name = strdup(bind.pod);
	if (sf_kube_binder_submit(binder, &bind, on_bound, name, &err) < 0) {
		printf("%s refused %s\n", name, err.text);
		fflush(stdout);
		free(name);
	}
}

/* binder KUBECONFIG THREADS QUEUE DEADLINE_MS QPS BURST GRACE_MS */
int main(int argc, char **argv)
{
	struct sf_error err = {0};
	struct sf_kube_config config;
	struct sf_arena *arena = sf_arena_create(16 << 20);
	char line[1024];
	if (argc != 8) {
		return 2;
	}
	int rc = sf_kube_config_read(argv[1], NULL, arena, &config, &err);
	struct sf_binder_options options = {
		.config = &config,
		.seed = 1,
		.threads = number(argv[2]),
		.queue = number(argv[3]),
		.deadline_ms = number(argv[4]),
		.qps = number(argv[5]),
		.burst = number(argv[6]),
	};
	struct sf_kube_binder *binder = rc == 0 ? sf_kube_binder_create(&options, &err) : NULL;
	if (binder == NULL) {
		fprintf(stderr, "binder: %s\n", err.text);
		sf_arena_destroy(arena);
		return sf_code_exit(err.code);
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		submit(binder, line);
	}
	sf_kube_binder_stop(binder, number(argv[7]));
	struct sf_binder_stats stats = sf_kube_binder_stats(binder);
	printf("end queued=%u running=%u full=%" PRIu64 " posts=%" PRIu64 " asks=%" PRIu64 "\n",
	       stats.queued, stats.running, stats.turned_away, stats.posts, stats.asks);
	sf_kube_binder_destroy(binder);
	sf_arena_destroy(arena);
	return 0;
}
