/* test_kube_pod: requests of pods, added up as the scheduler does. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_pod.h>

#include "json_fixture.h"
#include "kube_pod_reference.h"

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define GPU "nvidia.com/gpu"
#define MIG "nvidia.com/mig-1g.5gb"

/* `spec` of the pod, and "NAME=COUNT ..." of what it asks for, or a part of the error. */
static const struct {
	const char *name;
	const char *spec;
	const char *wants;
	const char *error;
	int64_t cpu_milli;
	int64_t memory_mib;
} rows[] = {
	{"nothing", "{}", "", NULL, 0, 0},
	{"one GPU", "{'containers':[{'resources':{'requests':{'" GPU "':'1'}}}]}", GPU "=1", NULL,
         0, 0},
	{"summed over containers",
         "{'containers':[{'resources':{'requests':{'" GPU "':'1','cpu':'500m'}}},"
         "{'resources':{'requests':{'" GPU "':'2','cpu':'1','memory':'1Gi'}}}]}",
         GPU "=3", NULL, 1500, 1024},
	{"limits stand in", "{'containers':[{'resources':{'limits':{'" GPU "':'2','cpu':'4'}}}]}",
         GPU "=2", NULL, 0, 0},
	{"requests before limits",
         "{'containers':[{'resources':{'limits':{'" GPU "':'2'},'requests':{'" GPU "':'1'}}}]}",
         GPU "=1", NULL, 0, 0},
	{"init container asks for more",
         "{'containers':[{'resources':{'requests':{'" GPU "':'1'}}}],"
         "'initContainers':[{'resources':{'requests':{'" GPU "':'3'}}},"
         "{'resources':{'requests':{'" GPU "':'2'}}}]}",
         GPU "=3", NULL, 0, 0},
	{"init container asks for something else",
         "{'containers':[{'resources':{'requests':{'" MIG "':'1'}}}],"
         "'initContainers':[{'resources':{'requests':{'" GPU "':'1'}}}]}",
         MIG "=1 " GPU "=1", NULL, 0, 0},
	{"sidecar is summed",
         "{'containers':[{'resources':{'requests':{'" GPU "':'1'}}}],"
         "'initContainers':[{'restartPolicy':'Always','resources':{'requests':{'" GPU "':'1'}}}]}",
         GPU "=2", NULL, 0, 0},
	{"init container beside an earlier sidecar",
         "{'containers':[{'resources':{'requests':{'" GPU "':'1'}}}],"
         "'initContainers':["
         "{'restartPolicy':'Always','resources':{'requests':{'" GPU "':'1'}}},"
         "{'resources':{'requests':{'" GPU "':'4'}}}]}",
         GPU "=5", NULL, 0, 0},
	{"init container before a later sidecar",
         "{'containers':[{'resources':{'requests':{'" GPU "':'1'}}}],"
         "'initContainers':["
         "{'resources':{'requests':{'" GPU "':'4'}}},"
         "{'restartPolicy':'Always','resources':{'requests':{'" GPU "':'1'}}}]}",
         GPU "=4", NULL, 0, 0},
	{"overhead", "{'overhead':{'cpu':'250m','memory':'120Mi','x':'y'},'containers':[]}", "",
         NULL, 250, 120},
	{"pod-level requests",
         "{'resources':{'requests':{'cpu':'3'}},"
         "'containers':[{'resources':{'requests':{'cpu':'1','memory':'64Mi'}}}]}",
         "", NULL, 3000, 64},
	{"claims are no devices",
         "{'resourceClaims':[{'name':'gpu','resourceClaimTemplateName':'one'}],"
         "'containers':[{'resources':{'claims':[{'name':'gpu','request':'any'}]}}]}",
         "", NULL, 0, 0},
	{"claims beside a name",
         "{'resourceClaims':[{'name':'gpu','resourceClaimName':'mine'}],'containers':[{'resources':"
         "{'claims':[{'name':'gpu'}],'limits':{'" GPU "':'1'}}}]}",
         GPU "=1", NULL, 0, 0},
	{"pod-level requests are for the host",
         "{'resources':{'requests':{'cpu':'3','" GPU "':'5','hugepages-2Mi':'4Mi'}},"
         "'containers':[{'resources':{'requests':{'" GPU "':'1'}}}]}",
         GPU "=1", NULL, 3000, 0},
	{"as typed",
         "{'containers':[{'resources':{'requests':{'" GPU "':'2e0'}}},"
         "{'resources':{'requests':{'" GPU "':'+2'}}},{'resources':{'requests':{'" GPU
         "':'0008'}}},{'resources':{'requests':{'" GPU "':4}}}]}",
         GPU "=16", NULL, 0, 0},
	{"zero is not asked for", "{'containers':[{'resources':{'requests':{'" GPU "':'0'}}}]}", "",
         NULL, 0, 0},
	{"other people's names",
         "{'containers':[{'resources':{'requests':{'nvidia.com/gpumem':'4','amd.com/gpu':'1',"
         "'nvidia.com/mig-':'1','nvidia.com/mig-.x':'1'}}}]}",
         "", NULL, 0, 0},
	{"shared names",
         "{'containers':[{'resources':{'requests':{'" GPU ".shared':'1','" MIG ".shared':'2'}}}]}",
         GPU ".shared=1 " MIG ".shared=2", NULL, 0, 0},
	{"nulls",
         "{'containers':[{'resources':null},{'resources':{'limits':null,'requests':null}},{}],"
         "'initContainers':null,'overhead':null,'resources':null,'nodeName':null}",
         "", NULL, 0, 0},
	{"no quantity", "{'containers':[{'resources':{'requests':{'" GPU "':'two'}}}]}", NULL,
         "pod ns/p: spec.containers[0]: requests: nvidia.com/gpu: the amount is no quantity", 0, 0},
	{"null amount", "{'containers':[{'resources':{'limits':{'" GPU "':null}}}]}", NULL,
         "limits: nvidia.com/gpu: the amount is no quantity", 0, 0},
	{"negative", "{'initContainers':[{'resources':{'requests':{'" GPU "':'-1'}}}]}", NULL,
         "spec.initContainers[0]: requests: nvidia.com/gpu: the amount is negative", 0, 0},
	{"too many of one", "{'containers':[{'resources':{'requests':{'" GPU "':'65536'}}}]}", NULL,
         "more than 65535", 0, 0},
	{"sum too large",
         "{'containers':[{'resources':{'requests':{'cpu':'9P'}}},"
         "{'resources':{'requests':{'cpu':'9P'}}}]}",
         NULL, "too large", 0, 0},
	{"nine names",
         "{'containers':[{'resources':{'requests':{'nvidia.com/mig-a':'1','nvidia.com/mig-b':'1',"
         "'nvidia.com/mig-c':'1','nvidia.com/mig-d':'1','nvidia.com/mig-e':'1',"
         "'nvidia.com/mig-f':'1','nvidia.com/mig-g':'1','nvidia.com/mig-h':'1',"
         "'nvidia.com/mig-i':'1'}}}]}",
         NULL, "more than 8 different", 0, 0},
	{"containers no array", "{'containers':{}}", NULL, "containers is no array", 0, 0},
	{"container no object", "{'containers':[7]}", NULL, "spec.containers[0]: a container", 0,
         0},
	{"resources no object", "{'containers':[{'resources':[]}]}", NULL, "resources is no object",
         0, 0},
};

static void format_wants(const struct sf_kube_pod *pod, char *out, size_t cap)
{
	size_t len = 0;
	out[0] = '\0';
	for (uint8_t i = 0; i < pod->n; i++) {
		len += (size_t)snprintf(out + len, cap - len, "%s%s=%d", i > 0 ? " " : "",
		                        pod->want[i].name, pod->want[i].count);
	}
}

/* Both readers refuse or take the Pod, and take it for the same. */
static void expect_both(json_t *json, const char *name)
{
	struct sf_kube_pod slow, fast;
	struct sf_error slow_err = {0}, fast_err = {0};
	char *text = json_dumps(json, JSON_ENCODE_ANY);
	int rc = sf_kube_pod_parse(json, &slow, &slow_err);
	cr_expect(sf_kube_pod_read(text, strlen(text), &fast, &fast_err) == rc, "%s: %s / %s", name,
	          slow_err.text, fast_err.text);
	cr_expect(rc < 0 ? strcmp(slow_err.text, fast_err.text) == 0
	                 : reference_same_pod(&slow, &fast),
	          "%s: %s / %s", name, slow_err.text, fast_err.text);
	free(text);
}

Test(kube_pod, adds_up)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_kube_pod pod;
		struct sf_error err = {0};
		char wants[512];
		json_t *json = json_quoted("{'metadata':{'name':'p','namespace':'ns'},'spec':%s}",
		                           rows[i].spec);
		int rc = sf_kube_pod_parse(json, &pod, &err);
		expect_both(json, rows[i].name);
		json_decref(json);
		if (rows[i].error != NULL) {
			cr_expect(rc == -1, "%s", rows[i].name);
			cr_expect(strstr(err.text, rows[i].error) != NULL, "%s: got '%s'",
			          rows[i].name, err.text);
			continue;
		}
		cr_expect(rc == 0, "%s: %s", rows[i].name, err.text);
		format_wants(&pod, wants, sizeof(wants));
		cr_expect(strcmp(wants, rows[i].wants) == 0, "%s: got '%s'", rows[i].name, wants);
		cr_expect(pod.cpu_milli == rows[i].cpu_milli, "%s: cpu %lld", rows[i].name,
		          (long long)pod.cpu_milli);
		cr_expect(pod.memory_mib == rows[i].memory_mib, "%s: memory %lld", rows[i].name,
		          (long long)pod.memory_mib);
	}
}

Test(kube_pod, reads_who_and_where)
{
	struct sf_kube_pod pod;
	json_t *json =
		json_quoted("{'metadata':{'name':'a','namespace':'b','uid':'c'},"
	                    "'spec':{'nodeName':'d','priority':%s},'status':{'phase':'Failed'}}",
	                    "99999999999");
	cr_assert(sf_kube_pod_parse(json, &pod, NULL) == 0);
	json_decref(json);
	cr_assert(eq(str, pod.name, (char *)"a"));
	cr_assert(eq(str, pod.space, (char *)"b"));
	cr_assert(eq(str, pod.uid, (char *)"c"));
	cr_assert(eq(str, pod.node, (char *)"d"));
	cr_assert(pod.finished);
	cr_assert(eq(int, pod.priority, INT32_MAX));
}

/* What stands beside what is read, in forms that the two readers could take differently. */
static const char *const odd[] = {
	"{'metadata':null,'spec':null,'status':null}",
	"{'metadata':{'name':7,'namespace':null,'uid':[],'deletionTimestamp':'2026-01-01T00:00:00Z'"
	"}}",
	"{'metadata':{'name':'a\\u0062\\n','deletionTimestamp':null,'annotations':null}}",
	"{'metadata':[]}",
	"{'spec':7}",
	"{'status':'x'}",
	"{'spec':{'priority':-5,'nodeName':'\\u006e1'}}",
	"{'spec':{'priority':-99999999999}}",
	"{'spec':{'priority':1.5}}",
	"{'spec':{'priority':'7'}}",
	"{'status':{'phase':'Running','startTime':'2026-01-01T00:00:00Z'}}",
	"{'status':{'phase':'Succeeded','startTime':null}}",
	"{'spec':{'containers':[{'resources':{'limits':{'\\u006evidia.com/gpu':'\\u0032'}}}]}}",
	"{'spec':{'containers':[{'resources':{'limits':{'" GPU "':2.0}}}]}}",
	"{'spec':{'containers':[{'resources':{'limits':{'" GPU "':true}}}]}}",
	"{'spec':{'containers':[{'resources':{'limits':{'" GPU "':'1'},'requests':{'" GPU
	"':0}}}]}}",
	"{'spec':{'containers':[{'resources':{'limits':7}}]}}",
	"{'spec':{'containers':[{'resources':{'requests':[]}}]}}",
	"{'spec':{'containers':[null]}}",
	"{'spec':{'resources':{'requests':{'cpu':'1','memory':null}}}}",
	"{'spec':{'resources':{'limits':{'cpu':'1','" GPU "':'x'}}}}",
	"{'spec':{'overhead':{'" GPU "':'x','cpu':'1'}}}",
	"{'spec':{'overhead':{'cpu':'x'}}}",
	"{'spec':{'overhead':7}}",
	"{'spec':{'initContainers':[{'restartPolicy':'\\u0041lways','resources':"
	"{'limits':{'" GPU "':'1'}}},{'restartPolicy':7,'resources':{'limits':{'" GPU "':'1'}}}]}}",
	"[]",
	"7",
	"null",
};

Test(kube_pod, one_pass_reads_what_the_tree_has)
{
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_t *json = json_quoted("[%s]", odd[i]);
		expect_both(json_array_get(json, 0), odd[i]);
		json_decref(json);
	}
}

/* Pods of newer releases, in the shape of k8s.io/api/core/v1. */
Test(kube_pod, one_pass_reads_newer_pods)
{
	static const char path[] = SF_SOURCE_DIR "/tests/data/extender/newer-pods.json";
	json_error_t where;
	json_t *pods = json_load_file(path, 0, &where), *pod;
	const char *name;
	cr_assert(pods != NULL, "%s", where.text);
	json_object_foreach(pods, name, pod) {
		struct sf_kube_pod got;
		cr_expect(eq(int, sf_kube_pod_parse(pod, &got, NULL), 0), "%s", name);
		expect_both(pod, name);
	}
	json_decref(pods);
}

Test(kube_pod, says_where_the_text_is_wrong)
{
	struct sf_kube_pod pod = {.n = 7};
	struct sf_error err = {0};
	cr_assert(sf_kube_pod_read("{\"spec\":{]}", 11, &pod, &err) == -1);
	cr_assert(eq(str, err.text, (char *)"the Pod is no JSON: byte 9: no key"));
	cr_assert(eq(int, pod.n, 7));
}

Test(kube_pod, leaves_the_output_alone_on_failure)
{
	struct sf_kube_pod pod = {.n = 7};
	struct sf_error err = {0};
	cr_assert(sf_kube_pod_parse(NULL, &pod, &err) == -1);
	cr_assert(eq(int, pod.n, 7));
	cr_assert(eq(str, err.text, (char *)"Pod is missing or no object"));
}
