/* cmd_apply: `slicefit apply`, a roll-out carried out on a cluster. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_options.h"

#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/json.h>
#include <slicefit/kube_config.h>
#include <slicefit/str.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ARENA_MAX = 1 << 30 };

static const char *const words[] = {
	[SF_APPLY_DOING] = "doing",     [SF_APPLY_WOULD] = "would",
	[SF_APPLY_WAITING] = "waiting", [SF_APPLY_NOTICE] = "notice",
	[SF_APPLY_FINDING] = "finding", [SF_APPLY_STATE] = "state",
};

static bool is_result(enum sf_apply_news news)
{
	return news == SF_APPLY_WOULD || news == SF_APPLY_FINDING || news == SF_APPLY_STATE;
}

static void write_json(enum sf_apply_news news, const struct sf_apply_line *line, FILE *to)
{
	const struct {
		const char *key;
		const char *text;
	} members[] = {
		{"wave", line->wave},
		{"node", line->node},
		{"pod", line->pod},
		{"text", line->text},
	};
	struct sf_json *json = sf_json_create_object();
	struct sf_str text = {0};
	sf_json_str(json, "news", words[news]);
	sf_json_str(json, "event", line->event);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].text != NULL) {
			sf_json_str(json, members[i].key, members[i].text);
		}
	}
	sf_json_write(json, false, &text);
	fprintf(to, "%s\n", sf_str_get(&text));
	sf_str_finish(&text);
	sf_json_destroy(json);
}

/* "wave-1 node-a: evict ml/train-0 (text)" */
static void write_text(enum sf_apply_news news, const struct sf_apply_line *line, FILE *to)
{
	const char *event = news == SF_APPLY_WAITING   ? "waiting"
	                    : news == SF_APPLY_FINDING ? "otherwise than planned"
	                                               : line->event;
	bool state = news == SF_APPLY_STATE;
	fputs(line->wave != NULL ? line->wave : "cluster", to);
	fprintf(to, "%s%s: ", line->node != NULL ? " " : "", line->node != NULL ? line->node : "");
	if (!state) {
		fputs(event, to);
	}
	fprintf(to, "%s%s", line->pod != NULL ? " " : "", line->pod != NULL ? line->pod : "");
	if (line->text != NULL) {
		fprintf(to, state ? "%s" : " (%s)", line->text);
	}
	fputc('\n', to);
}

static void say(void *ctx, enum sf_apply_news news, const struct sf_apply_line *line)
{
	const struct sf_apply_cli *options = ctx;
	FILE *to = is_result(news) ? stdout : stderr;
	if (to == stderr && sf_cli_verbosity < 0) {
		return;
	}
	if (options->format == SF_FORMAT_JSON) {
		write_json(news, line, to);
	} else {
		write_text(news, line, to);
	}
	fflush(to);
}

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A thread that waits for Ctrl-C. */
struct guard {
	pthread_t thread;
	sigset_t signals;
	struct sf_apply *apply;
};

static void *keep(void *ctx)
{
	struct guard *guard = ctx;
	int got;
	while (sigwait(&guard->signals, &got) == 0 && got != SIGUSR1) {
		fputs("slicefit: stopping after this step\n", stderr);
		sf_apply_stop(guard->apply);
	}
	return NULL;
}

/* Before any other thread is started, so that all leave the signals to it. */
static void block_signals(struct guard *guard)
{
	sigemptyset(&guard->signals);
	sigaddset(&guard->signals, SIGINT);
	sigaddset(&guard->signals, SIGTERM);
	sigaddset(&guard->signals, SIGUSR1); /* it is over */
	sigprocmask(SIG_BLOCK, &guard->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run_guarded(struct sf_apply *apply, struct guard *guard, struct sf_error *err)
{
	guard->apply = apply;
	if (pthread_create(&guard->thread, NULL, keep, guard) != 0) {
		return sf_fail(err, SF_EIO, "no thread for signals");
	}
	int rc = sf_apply_run(apply, err);
	pthread_kill(guard->thread, SIGUSR1);
	pthread_join(guard->thread, NULL);
	return rc;
}

/* What to do about it. */
static void advise(const struct sf_apply_cli *options, const struct sf_error *err)
{
	if (err->code == SF_EUNMET) {
		fputs("slicefit: plan anew from the cluster as it is, or mend what was found; "
		      "--allow-drift goes on all the same\n",
		      stderr);
	} else if (options->apply.execute && err->code == SF_EIO) {
		fprintf(stderr,
		        "slicefit: to go on: slicefit apply --yes %s; to take back the wave that "
		        "is "
		        "under way: add --roll-back\n",
		        options->dir);
	}
}

static int apply(struct sf_apply_cli *options, struct guard *guard, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(ARENA_MAX);
	struct sf_kube_config config;
	struct sf_apply_plan plan;
	struct sf_apply *apply = NULL;
	int rc = sf_apply_plan_read(options->dir, arena, &plan, err);
	if (rc == 0) {
		rc = sf_kube_config_read(options->kubeconfig, options->context, arena, &config,
		                         err);
	}
	if (rc == 0) {
		options->apply.config = &config;
		options->apply.plan = &plan;
		options->apply.dir = options->dir;
		options->apply.seed = sf_clock_ns();
		options->apply.now_us = now_us;
		options->apply.say = say;
		options->apply.ctx = options;
		apply = sf_apply_create(&options->apply, err);
		rc = apply != NULL ? run_guarded(apply, guard, err) : -1;
	}
	sf_apply_destroy(apply);
	sf_arena_destroy(arena);
	return rc;
}

int sf_cmd_apply(int argc, char **argv)
{
	struct sf_apply_cli options;
	struct sf_error err = {0};
	struct guard guard = {0};
	int status = sf_apply_options_parse(argc, argv, &options);
	if (status >= 0) {
		return status;
	}
	if (options.kubeconfig == NULL) {
		return sf_cli_usage(argv[0], "no --kubeconfig given");
	}
	block_signals(&guard);
	if (apply(&options, &guard, &err) == 0) {
		if (!options.apply.execute && sf_cli_verbosity >= 0) {
			fputs("slicefit: nothing was changed; --yes does it\n", stderr);
		}
		return 0;
	}
	status = sf_cli_fail(&err);
	advise(&options, &err);
	return status;
}
