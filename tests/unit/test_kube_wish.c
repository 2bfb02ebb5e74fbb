/* test_kube_wish: GPU memory in the conventions that users have. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_wish.h>

#include "json_fixture.h"
#include "kube_pod_reference.h"

#include <slicefit/error.h>

#include <criterion/new/assert.h>
#include <stdlib.h>

#define GPU "'nvidia.com/gpu':'1'"

/* Annotations and limits of a pod, and what comes of them. */
static const struct {
	const char *name, *annotations, *limits;
	int32_t mib;
	uint16_t milli;
	const char *fault; /* a part of it */
} rows[] = {
	{"none", "", GPU, 0, 0, NULL},
	{"own", "'slicefit.io/gpu-memory':'10Gi'", GPU, 10240, 0, NULL},
	{"own, a byte", "'slicefit.io/gpu-memory':'1'", GPU, 1, 0, NULL},
	{"own, one byte more than a MiB", "'slicefit.io/gpu-memory':'1048577'", GPU, 2, 0, NULL},
	{"own, none", "'slicefit.io/gpu-memory':'0'", GPU, 0, 0, NULL},
	{"own, null", "'slicefit.io/gpu-memory':null", GPU, 0, 0, NULL},
	{"own, empty", "'slicefit.io/gpu-memory':''", GPU, 0, 0, NULL},
	{"own, no amount", "'slicefit.io/gpu-memory':'much'", GPU, 0, 1000,
         "write for example 10Gi"},
	{"own, negative", "'slicefit.io/gpu-memory':'-1Gi'", GPU, 0, 1000, "gpu-memory"},
	{"own, too much", "'slicefit.io/gpu-memory':'9E'", GPU, 0, 1000, "gpu-memory"},
	{"own, no text", "'slicefit.io/gpu-memory':{}", GPU, 0, 1000, "gpu-memory"},
	{"own, long",
         "'slicefit.io/gpu-memory':'"
         "0000000000000000000000000000000000000000000000000000000000000001'",
         GPU, 0, 1000, "gpu-memory"},
	{"own before others", "'slicefit.io/gpu-memory':'1Gi','gpu-memory':'x'",
         GPU ",'nvidia.com/gpumem':'3000'", 1024, 0, NULL},
	{"KAI memory", "'gpu-memory':'2000'", GPU, 2000, 0, NULL},
	{"KAI memory, a quantity", "'gpu-memory':'2Gi'", GPU, 0, 1000, "MiB"},
	{"KAI memory, zero", "'gpu-memory':'0'", GPU, 0, 1000, "MiB"},
	{"KAI memory, a fraction", "'gpu-memory':'0.5'", GPU, 0, 1000, "MiB"},
	{"KAI fraction", "'gpu-fraction':'0.5'", GPU, 0, 500, NULL},
	{"KAI fraction, rounded up", "'gpu-fraction':'0.33333'", GPU, 0, 334, NULL},
	{"KAI fraction, whole", "'gpu-fraction':'1'", GPU, 0, 1000, NULL},
	{"KAI fraction, more", "'gpu-fraction':'1.1'", GPU, 0, 1000, "part of a GPU"},
	{"KAI fraction, zero", "'gpu-fraction':'0.0'", GPU, 0, 1000, "part of a GPU"},
	{"KAI fraction, milli", "'gpu-fraction':'500m'", GPU, 0, 1000, "part of a GPU"},
	{"KAI fraction, points", "'gpu-fraction':'..5'", GPU, 0, 1000, "part of a GPU"},
	{"KAI without a GPU", "'gpu-fraction':'x','gpu-memory':'y'", "'cpu':'1'", 0, 0, NULL},
	{"KAI, both", "'gpu-fraction':'0.5','gpu-memory':'2000'", GPU, 0, 1000, "more than one"},
	{"HAMi memory", "", GPU ",'nvidia.com/gpumem':'3000'", 3000, 0, NULL},
	{"HAMi memory, 3k", "", GPU ",'nvidia.com/gpumem':'3k'", 3000, 0, NULL},
	{"HAMi share", "", GPU ",'nvidia.com/gpumem-percentage':'50'", 0, 500, NULL},
	{"HAMi share, all", "", GPU ",'nvidia.com/gpumem-percentage':100", 0, 1000, NULL},
	{"HAMi share, too much", "", GPU ",'nvidia.com/gpumem-percentage':'101'", 0, 1000, "100"},
	{"HAMi, both", "", GPU ",'nvidia.com/gpumem':'1','nvidia.com/gpumem-percentage':'1'", 0,
         1000, "more than one"},
	{"HAMi, zero", "", GPU ",'nvidia.com/gpumem':'0'", 0, 0, NULL},
	{"HAMi without a GPU", "", "'nvidia.com/gpumem':'3000'", 0, 0, NULL},
	{"gpushare beside a GPU", "", GPU ",'aliyun.com/gpu-mem':'4'", 4096, 0, NULL},
	{"gpushare alone", "", "'aliyun.com/gpu-mem':'4'", 4096, 0, NULL},
	{"gpushare, too much", "", "'aliyun.com/gpu-mem':'4M'", 0, 1000, "any GPU"},
	{"KAI and HAMi", "'gpu-memory':'2000'", GPU ",'nvidia.com/gpumem':'3000'", 0, 1000,
         "more than one wish for GPU memory: keep one"},
};

static struct sf_kube_pod read_pod(const char *annotations, const char *limits, const char *name)
{
	struct sf_kube_pod slow, fast;
	json_t *json = json_quoted("{'metadata':{'annotations':{%s}},"
	                           "'spec':{'containers':[{'resources':{'limits':{%s}}}]}}",
	                           annotations, limits);
	char *text = json_dumps(json, 0);
	cr_assert(sf_kube_pod_parse(json, &slow, NULL) == 0, "%s", name);
	cr_assert(sf_kube_pod_read(text, strlen(text), &fast, NULL) == 0, "%s", name);
	cr_expect(reference_same_pod(&slow, &fast), "%s", name);
	free(text);
	json_decref(json);
	return fast;
}

Test(kube_wish, each_convention)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;
		struct sf_kube_pod pod = read_pod(rows[i].annotations, rows[i].limits, name);
		cr_expect(pod.gpu_memory_mib == rows[i].mib, "%s: %d MiB", name,
		          pod.gpu_memory_mib);
		cr_expect(pod.gpu_memory_milli == rows[i].milli, "%s: %d/1000", name,
		          pod.gpu_memory_milli);
		bool fault = pod.wish_fault != NULL;
		cr_expect(fault == (rows[i].fault != NULL), "%s: %s", name, pod.wish_fault);
		cr_expect(pod.wish_fault == NULL || strstr(pod.wish_fault, rows[i].fault) != NULL,
		          "%s: %s", name, pod.wish_fault);
	}
}

Test(kube_wish, containers_together)
{
	struct sf_kube_pod pod;
	json_t *json = json_quoted("{'spec':{'containers':["
	                           "{'resources':{'limits':{'aliyun.com/gpu-mem':'3'}}},"
	                           "{'resources':{'limits':{'aliyun.com/gpu-mem':'4'}}}],"
	                           "'initContainers':["
	                           "{'resources':{'limits':{'aliyun.com/gpu-mem':'6'}}}]}}%s",
	                           "");
	cr_assert(sf_kube_pod_parse(json, &pod, NULL) == 0);
	json_decref(json);
	cr_assert(eq(int, pod.gpu_memory_mib, 7 * 1024));
	cr_assert(pod.replica_only);
	cr_assert(eq(str, pod.want[0].name, (char *)"nvidia.com/gpu"));
	cr_assert(eq(int, pod.want[0].count, 1));
	/* Each of HAMi's containers has its own GPUs: the largest wish counts for all. */
	json = json_quoted("{'spec':{'containers':["
	                   "{'resources':{'limits':{" GPU ",'nvidia.com/gpumem':'3000'}}},"
	                   "{'resources':{'limits':{" GPU ",'nvidia.com/gpumem':'1000'}}}]}}%s",
	                   "");
	cr_assert(sf_kube_pod_parse(json, &pod, NULL) == 0);
	json_decref(json);
	cr_assert(eq(int, pod.gpu_memory_mib, 3000));
	cr_assert(eq(int, pod.want[0].count, 2));
}

static const struct {
	const char *text; /* of the rules */
	const char *annotations, *limits;
	int32_t mib; /* -1: no such rules */
	uint8_t wants;
} switches[] = {
	{"all", "'gpu-memory':'2000'", GPU, 2000, 1},
	{"none", "'gpu-memory':'2000'", GPU, 0, 1},
	{"none", "'slicefit.io/gpu-memory':'1Gi'", GPU, 1024, 1},
	{"kai", "'gpu-memory':'2000'", GPU, 2000, 1},
	{"hami,gpushare", "'gpu-memory':'2000'", GPU ",'nvidia.com/gpumem':'3000'", 3000, 1},
	{"hami", "", "'aliyun.com/gpu-mem':'4'", 0, 0},
	{"kai,gpushare", "", "'aliyun.com/gpu-mem':'4'", 4096, 1},
	{"gpushare:MiB,hami", "", "'aliyun.com/gpu-mem':'4'", 4, 1},
	{"", "", "", -1, 0},
	{"kai,", "", "", -1, 0},
	{"Kai", "", "", -1, 0},
	{"all,kai", "", "", -1, 0},
};

Test(kube_wish, rules_switch_conventions_off)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		struct sf_kube_wish_rules rules = {.gpushare_mib = true};
		struct sf_error err = {0};
		const char *text = switches[i].text;
		int rc = sf_kube_wish_rules_parse(text, &rules, &err);
		cr_expect(rc == (switches[i].mib < 0 ? -1 : 0), "'%s': %s", text, err.text);
		if (rc < 0) {
			cr_expect(strstr(err.text, "a list of kai, hami") != NULL, "%s", err.text);
			cr_expect(rules.gpushare_mib, "'%s' changed the rules", text);
			continue;
		}
		struct sf_kube_pod pod =
			read_pod(switches[i].annotations, switches[i].limits, text);
		sf_kube_wish_apply(&pod, &rules);
		cr_expect(pod.gpu_memory_mib == switches[i].mib, "'%s': %d", text,
		          pod.gpu_memory_mib);
		cr_expect(pod.n == switches[i].wants, "'%s': %d wants", text, pod.n);
		cr_expect(pod.wish_fault == NULL, "'%s': %s", text, pod.wish_fault);
	}
}
