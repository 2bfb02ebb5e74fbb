/* test_apply_see: nodes and pods as they are judged, and the changes that are made to them. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/apply_edit.h"
#include "kube/apply_see.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct sf_apply_label labels[] = {
	{SF_APPLY_MIG_LABEL, "whole", "sliced"},
	{"nvidia.com/device-plugin.config", NULL, "plain"},
};
static struct sf_apply_count counts[] = {{"nvidia.com/gpu", 8, 6},
                                         {"nvidia.com/mig-1g.10gb", 0, 14}};
static struct sf_apply_pod evict[] = {{"ns", "second"}, {"ns", "first"}};
static const struct sf_apply_node node = {
	.name = "n",
	.n_labels = 2,
	.label = labels,
	.n_evict = 2,
	.evict = evict,
	.counted = true,
	.n_counts = 2,
	.count = counts,
};
static struct sf_apply_wave wave = {"wave-1", 1, NULL};
static const struct sf_apply_plan plan = {
	.id = "0123456789abcdef",
	.taint = {"t", "PreferNoSchedule"},
	.n_waves = 1,
	.wave = &wave,
};

/* A node: labels, annotations, allocatable. */
#define DOC(labels, notes, gpus)                                                                   \
	"{\"metadata\":{\"resourceVersion\":\"7\",\"labels\":{" labels "},\"annotations\":{" notes \
	"}},\"status\":{\"allocatable\":{\"cpu\":\"64\"," gpus "}}}"
#define MIG(value) "\"nvidia.com/mig.config\":\"" value "\""
#define PLAIN      ",\"nvidia.com/device-plugin.config\":\"plain\""
#define STATE(s)   ",\"nvidia.com/mig.config.state\":\"" s "\""
#define WHOLE      "\"nvidia.com/gpu\":\"8\""
#define SLICED     "\"nvidia.com/gpu\":\"6\",\"nvidia.com/mig-1g.10gb\":\"14\""
#define NOTE(id)                                                                                   \
	"\"slicefit.io/rollout\":\"{\\\"id\\\":\\\"" id "\\\",\\\"state\\\":\\\"success\\\","      \
	"\\\"labels\\\":{\\\"nvidia.com/mig.config\\\":\\\"old\\\"},"                              \
	"\\\"gpus\\\":{\\\"nvidia.com/gpu\\\":8}}\""
#define OURS NOTE("0123456789abcdef")

static const struct {
	const char *doc;
	enum sf_apply_claim claim;
	enum sf_apply_at at;
	bool mig;
	enum sf_apply_state state, state_0;
	bool counts, counts_0;
} rows[] = {
	{DOC(MIG("any"), "", WHOLE), SF_APPLY_FREE, SF_APPLY_AT_BEFORE, true, 0, 0, false, true},
	{DOC(MIG("sliced") PLAIN, "", SLICED), SF_APPLY_FREE, SF_APPLY_AT_BOTH, false, 0, 0, true,
         true},
	{DOC(MIG("sliced"), "", SLICED), SF_APPLY_FREE, SF_APPLY_AT_BEFORE, false, 0, 0, true,
         true},
	{DOC(MIG("old"), OURS, WHOLE), SF_APPLY_OURS, SF_APPLY_AT_BEFORE, true, SF_APPLY_SILENT,
         SF_APPLY_SUCCESS, false, true},
	{DOC(MIG("whole") STATE("rebooting"), OURS, WHOLE), SF_APPLY_OURS, SF_APPLY_AT_BEFORE, true,
         SF_APPLY_WORKING, SF_APPLY_SUCCESS, false, true},
	{DOC(MIG("sliced") PLAIN STATE("failed"), OURS, WHOLE), SF_APPLY_OURS, SF_APPLY_AT_AFTER,
         true, SF_APPLY_FAILED, SF_APPLY_SUCCESS, false, true},
	{DOC(MIG("sliced") PLAIN STATE("success"), OURS, SLICED), SF_APPLY_OURS, SF_APPLY_AT_AFTER,
         true, SF_APPLY_SUCCESS, SF_APPLY_SUCCESS, true, false},
	/* A resource that is left over has to be 0. */
	{DOC(MIG("sliced") PLAIN, OURS, SLICED ",\"nvidia.com/mig-2g.20gb\":\"0\""), SF_APPLY_OURS,
         SF_APPLY_AT_AFTER, true, 0, SF_APPLY_SUCCESS, true, false},
	{DOC(MIG("sliced") PLAIN, OURS, SLICED ",\"nvidia.com/mig-2g.20gb\":\"1\""), SF_APPLY_OURS,
         SF_APPLY_AT_AFTER, true, 0, SF_APPLY_SUCCESS, false, false},
	{DOC(MIG("third"), OURS, WHOLE), SF_APPLY_OURS, SF_APPLY_ELSEWHERE, true, 0,
         SF_APPLY_SUCCESS, false, true},
	{DOC(MIG("old"), NOTE("f"), WHOLE), SF_APPLY_OTHERS, SF_APPLY_AT_BEFORE, true, 0, 0, false,
         true},
	{DOC(MIG("old"), "\"slicefit.io/rollout\":\"{\"", WHOLE), SF_APPLY_OTHERS,
         SF_APPLY_AT_BEFORE, true, 0, 0, false, true},
};

static json_t *load(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	cr_assert(json != NULL, "%s", text);
	return json;
}

Test(apply_see, nodes)
{
	struct sf_apply_seen_node seen = {0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sf_apply_see(&plan, &node, load(rows[i].doc), NULL, &seen);
		cr_assert(eq(int, (int)seen.seen.claim, (int)rows[i].claim), "row %zu", i);
		cr_assert(eq(int, (int)seen.seen.at, (int)rows[i].at), "row %zu", i);
		cr_assert(eq(int, seen.seen.mig, rows[i].mig), "row %zu", i);
		cr_assert(eq(int, (int)seen.seen.state, (int)rows[i].state), "row %zu", i);
		cr_assert(eq(int, (int)seen.seen.state_0, (int)rows[i].state_0), "row %zu", i);
		cr_assert(eq(int, seen.seen.counts, rows[i].counts), "row %zu", i);
		cr_assert(eq(int, seen.seen.counts_0, rows[i].counts_0), "row %zu", i);
	}
	sf_apply_see(&plan, &node, NULL, NULL, &seen);
	cr_assert(eq(int, seen.seen.gone, 1));
	sf_apply_seen_finish(&seen);
}

#define POD(name, more, meta)                                                                      \
	"{\"metadata\":{\"namespace\":\"ns\",\"name\":\"" name "\",\"uid\":\"u-" name "\"" meta    \
	"},\"spec\":{\"containers\":[{\"resources\":{\"limits\":{" more "}}}]}}"
#define GPU "\"nvidia.com/gpu\":1"
#define OWNER(kind)                                                                                \
	",\"ownerReferences\":[{\"kind\":\"x\"},{\"kind\":\"" kind "\",\"controller\":true}]"

/* In the order of the roll-out, then those it does not know; those that stay come last. */
Test(apply_see, pods)
{
	static const struct {
		const char *name;
		bool planned, stays, returns, deleting;
	} want[] = {
		{"second", true, false, true, false},  {"first", true, false, false, true},
		{"other", false, false, false, false}, {"daemon", false, true, true, false},
		{"mirror", false, true, false, false},
	};
	struct sf_apply_seen_node seen = {0};
	json_t *pods = load("[" POD("daemon", GPU, OWNER("DaemonSet")) "," POD("other", GPU, "") "," POD(
		"cpu", "\"cpu\":1",
		"") "," POD("mirror", GPU,
	                    ",\"annotations\":{\"kubernetes.io/"
	                    "config.mirror\":\"x\"}") "," POD("first", "",
	                                                      ",\"deletionTimestamp"
	                                                      "\":\"x\"") "," POD("second", GPU,
	                                                                          OWNER("Job")) ",{"
	                                                                                        "},"
	                                                                                        "{"
	                                                                                        "\""
	                                                                                        "me"
	                                                                                        "ta"
	                                                                                        "da"
	                                                                                        "ta"
	                                                                                        "\""
	                                                                                        ":{"
	                                                                                        "\""
	                                                                                        "na"
	                                                                                        "me"
	                                                                                        "sp"
	                                                                                        "ac"
	                                                                                        "e"
	                                                                                        "\""
	                                                                                        ":"
	                                                                                        "\""
	                                                                                        "ns"
	                                                                                        "\""
	                                                                                        ","
	                                                                                        "\""
	                                                                                        "na"
	                                                                                        "me"
	                                                                                        "\""
	                                                                                        ":"
	                                                                                        "\""
	                                                                                        "do"
	                                                                                        "ne"
	                                                                                        "\""
	                                                                                        ","
	                                                                                        "\""
	                                                                                        "ui"
	                                                                                        "d"
	                                                                                        "\""
	                                                                                        ":"
	                                                                                        "\""
	                                                                                        "u"
	                                                                                        "\""
	                                                                                        "},"
	                                                                                        "\""
	                                                                                        "st"
	                                                                                        "at"
	                                                                                        "us"
	                                                                                        "\""
	                                                                                        ":{"
	                                                                                        "\""
	                                                                                        "ph"
	                                                                                        "as"
	                                                                                        "e"
	                                                                                        "\""
	                                                                                        ":"
	                                                                                        "\""
	                                                                                        "Su"
	                                                                                        "cc"
	                                                                                        "ee"
	                                                                                        "de"
	                                                                                        "d"
	                                                                                        "\""
	                                                                                        "}}"
	                                                                                        "]");
	sf_apply_see(&plan, &node, load(DOC("", "", WHOLE)), pods, &seen);
	cr_assert(eq(sz, seen.n_pods, sizeof(want) / sizeof(want[0])));
	for (size_t i = 0; i < seen.n_pods; i++) {
		const struct sf_apply_seen_pod *pod = &seen.pod[i];
		cr_assert(eq(str, (char *)pod->name, (char *)want[i].name));
		cr_assert(eq(int, pod->planned, want[i].planned), "%s", pod->name);
		cr_assert(eq(int, pod->stays, want[i].stays), "%s", pod->name);
		cr_assert(eq(int, pod->returns, want[i].returns), "%s", pod->name);
		cr_assert(eq(int, pod->deleting, want[i].deleting), "%s", pod->name);
	}
	cr_assert(eq(sz, seen.seen.n_holders, 3));
	cr_assert(eq(u32, seen.unplanned, 1));
	sf_apply_seen_finish(&seen);
}

static void is_text(json_t *json, const char *want)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	cr_assert(eq(str, text, (char *)want));
	free(text);
	json_decref(json);
}

/* Each change names the version that was seen; what was there before comes back. */
Test(apply_see, edits)
{
	struct sf_apply_seen_node seen = {0};
	sf_apply_see(&plan, &node, load(DOC(MIG("old") STATE("success"), "", WHOLE)), NULL, &seen);
	is_text(sf_apply_edit_take(&plan, &wave, &node, &seen),
	        "{\"metadata\":{\"annotations\":{\"slicefit.io/rollout\":\"{\\\"cordoned\\\":false,"
	        "\\\"gpus\\\":{\\\"nvidia.com/gpu\\\":8},\\\"id\\\":\\\"0123456789abcdef\\\","
	        "\\\"labels\\\":{\\\"nvidia.com/device-plugin.config\\\":null,"
	        "\\\"nvidia.com/mig.config\\\":\\\"old\\\"},\\\"state\\\":\\\"success\\\","
	        "\\\"wave\\\":\\\"wave-1\\\"}\"},\"resourceVersion\":\"7\"},"
	        "\"spec\":{\"unschedulable\":true}}");
	is_text(sf_apply_edit_taint(&plan.taint, &seen, true),
	        "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"taints\":["
	        "{\"effect\":\"PreferNoSchedule\",\"key\":\"t\"}]}}");
	cr_assert(eq(ptr, sf_apply_edit_taint(&plan.taint, &seen, false), NULL));
	is_text(sf_apply_edit_forget(&seen, false),
	        "{\"metadata\":{\"labels\":{\"nvidia.com/mig.config.state\":null},"
	        "\"resourceVersion\":\"7\"}}");
	struct sf_apply_relabel set = sf_apply_edit_labels(&node, &seen, false);
	is_text(set.set, "{\"nvidia.com/device-plugin.config\":\"plain\","
	                 "\"nvidia.com/mig.config\":\"sliced\"}");
	cr_assert(eq(ptr, set.remove, NULL));
	sf_apply_see(&plan, &node, load(DOC(MIG("sliced") PLAIN, OURS, SLICED)), NULL, &seen);
	set = sf_apply_edit_labels(&node, &seen, true);
	is_text(set.set, "{\"nvidia.com/mig.config\":\"whole\"}");
	is_text(set.remove,
	        "{\"metadata\":{\"labels\":{\"nvidia.com/device-plugin.config\":null}}}");
	is_text(sf_apply_edit_restore(&seen),
	        "{\"metadata\":{\"labels\":{\"nvidia.com/mig.config.state\":\"success\"},"
	        "\"resourceVersion\":\"7\"}}");
	is_text(sf_apply_edit_give(&node, &seen),
	        "{\"metadata\":{\"annotations\":{\"slicefit.io/rollout\":null},"
	        "\"resourceVersion\":\"7\"},\"spec\":{\"unschedulable\":null}}");
	json_object_set_new(seen.note, "cordoned", json_true());
	is_text(sf_apply_edit_give(&node, &seen),
	        "{\"metadata\":{\"annotations\":{\"slicefit.io/rollout\":null},"
	        "\"resourceVersion\":\"7\"}}");
	sf_apply_seen_finish(&seen);
}
