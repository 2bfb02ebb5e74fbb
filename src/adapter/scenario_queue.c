/* scenario_queue: how the queue deals with pods that found no place. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

/* podInitialBackoffSeconds and podMaxBackoffSeconds of kube-scheduler (DefaultPodInitialBackoffDuration
 * and DefaultPodMaxBackoffDuration in pkg/scheduler/backend/queue/scheduling_queue.go). */
static const double initial_default_s = 1;
static const double max_default_s = 10;

/* Shorter ones would make events without end. */
static const double initial_min_s = 1e-3;

static int read_backoff(struct sf_reader *reader, const struct sf_yaml *node)
{
	const struct sf_yaml *backoff = sf_yaml_get(node, "backoff");
	const char *text = backoff != NULL && backoff->kind == SF_YAML_SCALAR ? backoff->text : "";
	bool kube = strcmp(text, "kube") == 0;
	if (!kube && strcmp(text, "none") != 0) {
		return sf_yaml_fail(backoff != NULL ? backoff : node, reader->file, reader->err,
		                    "expected backoff: kube or backoff: none");
	}
	reader->scenario->backs_off = kube;
	return 0;
}

static int read_times(struct sf_reader *reader, const struct sf_yaml *node)
{
	struct sf_scenario *scenario = reader->scenario;
	const struct sf_yaml *initial = sf_yaml_get(node, "initial");
	const struct sf_yaml *max = sf_yaml_get(node, "max");
	if (!scenario->backs_off && (initial != NULL || max != NULL)) {
		return sf_yaml_fail_key(initial != NULL ? initial : max, reader->file, reader->err,
		                        "without backoff: kube there is nothing to set");
	}
	scenario->backoff_initial_s = initial_default_s;
	scenario->backoff_max_s = max_default_s;
	if (sf_reader_duration(reader, initial, &scenario->backoff_initial_s) != 0 ||
	    sf_reader_duration(reader, max, &scenario->backoff_max_s) != 0) {
		return -1;
	}
	if (scenario->backoff_initial_s < initial_min_s ||
	    scenario->backoff_max_s < scenario->backoff_initial_s) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected 1ms <= initial <= max: {backoff: kube, initial: 1s, "
		                    "max: 10s}");
	}
	return 0;
}

int sf_reader_queue(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"backoff", "initial", "max", NULL};
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_backoff(reader, node) != 0) {
		return -1;
	}
	return read_times(reader, node);
}
