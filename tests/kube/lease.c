/* lease: runs for a Lease until its standard input ends; tells who leads, and answers each line with
 * what it knows. */
// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_lease.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_view(const char *word, const struct sf_lease_view *view)
{
	printf("%s leads=%d holder=%s transitions=%u\n", word, view->leads, view->holder,
	       view->transitions);
	fflush(stdout);
}

static void on_change(void *ctx, const struct sf_lease_view *view)
{
	(void)ctx;
	print_view("change", view);
}

/* lease KUBECONFIG IDENTITY LEASE_MS RENEW_MS RETRY_MS */
int main(int argc, char **argv)
{
	struct sf_error err = {0};
	struct sf_kube_config config;
	struct sf_arena *arena = sf_arena_create(16 << 20);
	char line[64];
	if (argc != 6) {
		return 2;
	}
	int rc = sf_kube_config_read(argv[1], NULL, arena, &config, &err);
	struct sf_lease_options options = {
		.config = &config,
		.identity = argv[2],
		.seed = 1,
		.lease_ms = number(argv[3]),
		.renew_ms = number(argv[4]),
		.retry_ms = number(argv[5]),
		.change = on_change,
		.trouble = on_trouble,
	};
	struct sf_lease *lease = rc == 0 ? sf_lease_start(&options, &err) : NULL;
	if (lease == NULL) {
		printf("refused %s\n", err.text);
		sf_arena_destroy(arena);
		return sf_code_exit(err.code);
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct sf_lease_view view = sf_lease_view(lease);
		print_view("view", &view);
	}
	sf_lease_stop(lease);
	sf_arena_destroy(arena);
	puts("end");
	return 0;
}
