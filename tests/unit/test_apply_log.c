/* test_apply_log: what is left of a roll-out that was killed: the log read back. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/apply_log.h"

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sf_apply_wave waves[] = {{.name = "relabel-1"}, {.name = "wave-1"}};
static const struct sf_apply_plan plan = {
	.id = "0123456789abcdef",
	.digest = "d",
	.n_waves = 2,
	.wave = waves,
};

#define LINE(event, more) "{\"rollout\":\"0123456789abcdef\",\"event\":\"" event "\"" more "}\n"
#define WAVE1             ",\"wave\":\"wave-1\""
#define DIGEST            ",\"digest\":\"d\""

/* A log and what it says of wave-1; `error`: NULL, or the end of it. */
static const struct {
	const char *text;
	bool begun;
	enum sf_apply_mode mode;
	const char *error;
	size_t cut; /* bytes at the end that do not count */
} logs[] = {
	{"", false, SF_APPLY_UNTOUCHED, NULL, 0},
	{LINE("begin", DIGEST), true, SF_APPLY_UNTOUCHED, NULL, 0},
	{LINE("begin", DIGEST) LINE("wave", WAVE1), true, SF_APPLY_FORWARD, NULL, 0},
	{LINE("wave", WAVE1) LINE("commit", WAVE1), false, SF_APPLY_COMMITTED, NULL, 0},
	{LINE("commit", WAVE1) LINE("wave-done", WAVE1), false, SF_APPLY_DONE, NULL, 0},
	{LINE("wave", WAVE1) LINE("roll-back", WAVE1), false, SF_APPLY_BACK, NULL, 0},
	{LINE("roll-back", WAVE1) LINE("rolled-back", WAVE1), false, SF_APPLY_UNDONE, NULL, 0},
	{LINE("rolled-back", WAVE1) LINE("wave", WAVE1), false, SF_APPLY_FORWARD, NULL, 0},
	{LINE("wave", ",\"wave\":\"relabel-1\""), false, SF_APPLY_UNTOUCHED, NULL, 0},
	{LINE("evict", WAVE1), false, SF_APPLY_UNTOUCHED, NULL, 0},
	{LINE("wave", WAVE1) "{\"rollout\":", false, SF_APPLY_FORWARD, NULL, 11},
	{"{}", false, SF_APPLY_UNTOUCHED, NULL, 2},
	{LINE("wave", WAVE1) "[]\n", false, 0, "l:2: no JSON object", 0},
	{"x\n", false, 0, "l:1: no JSON object", 0},
	{LINE("wave", ",\"wave\":\"wave-2\""), false, 0, "l:1: the roll-out has no wave 'wave-2'",
         0},
	{LINE("begin", ""), false, 0, "rollout.json was changed after the roll-out had begun", 0},
	{"{\"rollout\":\"f\"}\n", false, 0, "to begin anew, move the log away", 0},
};

Test(apply_log, parse)
{
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct sf_error err = {0};
		struct sf_apply_past past;
		size_t len = strlen(logs[i].text);
		int rc = sf_apply_log_parse(logs[i].text, len, "l", &plan, &past, &err);
		cr_assert(eq(int, rc, logs[i].error == NULL ? 0 : -1), "row %zu: %s", i, err.text);
		if (rc == 0) {
			cr_assert(eq(int, past.begun, logs[i].begun), "row %zu", i);
			cr_assert(eq(int, (int)past.mode[1], (int)logs[i].mode), "row %zu", i);
			cr_assert(eq(sz, past.end, len - logs[i].cut), "row %zu", i);
		} else {
			cr_assert(eq(int, strstr(err.text, logs[i].error) != NULL, 1), "%s",
			          err.text);
		}
		sf_apply_past_finish(&past);
	}
}

static void add(struct sf_apply_log *log, const char *event, const char *wave)
{
	struct sf_error err = {0};
	const struct sf_apply_line line = {.event = event, .wave = wave, .text = "\"\n\\"};
	cr_assert(zero(int, sf_apply_log_add(log, &line, INT64_C(1700000000000001), &err)), "%s",
	          err.text);
}

/* What is written is read; a line that was cut short goes away; one program at a time. */
Test(apply_log, file)
{
	char dir[] = "/tmp/slicefit-log-XXXXXX", path[64];
	struct sf_error err = {0};
	struct sf_apply_past past, other_past;
	struct sf_apply_log *log, *other;
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/" SF_APPLY_LOG_FILE, dir);
	cr_assert(zero(int, sf_apply_log_open(dir, &plan, false, &past, &log, &err)));
	cr_assert(eq(ptr, log, NULL));
	sf_apply_past_finish(&past);
	for (int round = 0; round < 2; round++) {
		cr_assert(zero(int, sf_apply_log_open(dir, &plan, true, &past, &log, &err)), "%s",
		          err.text);
		cr_assert(eq(int, (int)past.mode[1], (int)(round > 0 ? SF_APPLY_FORWARD : 0)));
		add(log, "begin", NULL);
		add(log, "wave", "wave-1");
		cr_assert(eq(int, sf_apply_log_open(dir, &plan, true, &other_past, &other, &err),
		             -1));
		cr_assert(eq(int, strstr(err.text, "another slicefit apply") != NULL, 1));
		sf_apply_past_finish(&other_past);
		sf_apply_log_close(log);
		sf_apply_past_finish(&past);
		FILE *file = fopen(path, "ae");
		cr_assert(file != NULL);
		fputs("{\"rollout\":\"012", file);
		fclose(file);
	}
	unlink(path);
	rmdir(dir);
}
