/* openb: the node and pod lists of the public GPU-sharing trace. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/openb.h>

#include <slicefit/alloc.h>
#include <slicefit/csv.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/node.h>

#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 512 << 20, /* a million pods take about 80 MB */
	NAME_MAX_LEN = 253,   /* of Kubernetes objects */
	SPEC_MAX_LEN = 1024,
	POD_GPUS_MAX = 1000, /* more than any node has: such a pod fits nowhere */
};

/* 1000 cores of a million nodes: sums stay far from the ends of int64. */
static const int64_t amount_max = INT64_C(1000000000000);

enum node_column { NODE_NAME, NODE_CPU, NODE_MEMORY, NODE_GPUS, NODE_MODEL, NODE_COLUMNS };
enum pod_column { POD_NAME, POD_CPU, POD_MEMORY, POD_GPUS, POD_MILLI, POD_SPEC, POD_COLUMNS };

static const struct sf_csv_column node_columns[] = {
	[NODE_NAME] = {"sn", true},           [NODE_CPU] = {"cpu_milli", true},
	[NODE_MEMORY] = {"memory_mib", true}, [NODE_GPUS] = {"gpu", true},
	[NODE_MODEL] = {"model", true},       [NODE_COLUMNS] = {NULL, false},
};

static const struct sf_csv_column pod_columns[] = {
	[POD_NAME] = {"name", true},         [POD_CPU] = {"cpu_milli", true},
	[POD_MEMORY] = {"memory_mib", true}, [POD_GPUS] = {"num_gpu", true},
	[POD_MILLI] = {"gpu_milli", true},   [POD_SPEC] = {"gpu_spec", false},
	[POD_COLUMNS] = {NULL, false},
};

/* The whole numbers of a row, one per place; -1 at the first that is none. */
static int read_numbers(const struct sf_csv *csv, const int *place, size_t n, int64_t *out,
                        struct sf_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (sf_csv_int(csv, (uint32_t)place[i], 0, amount_max, &out[i], err) != 0) {
			return -1;
		}
	}
	return 0;
}

/* A node without CPU or memory would be one where they are not counted. */
static int check_room(const struct sf_csv *csv, const int *place, const int64_t *number,
                      struct sf_error *err)
{
	for (int i = 0; i <= NODE_MEMORY - NODE_CPU; i++) {
		if (number[i] == 0) {
			return sf_csv_fail(csv, (uint32_t)place[NODE_CPU + i], err,
			                   "%s 0: expected at least 1",
			                   node_columns[NODE_CPU + i].name);
		}
	}
	return 0;
}

static int check_name(const struct sf_csv *csv, int place, struct sf_error *err)
{
	const struct sf_csv_field *field = &csv->field[place];
	if (field->len == 0 || field->len > NAME_MAX_LEN) {
		return sf_csv_fail(csv, (uint32_t)place, err, "%s: expected 1 to %d bytes",
		                   csv->column[place], NAME_MAX_LEN);
	}
	return 0;
}

/* Number of the name in a field; *out. */
static int intern(const struct sf_csv *csv, int place, struct sf_study_names *names, uint16_t *out,
                  struct sf_error *err)
{
	const struct sf_csv_field *field = &csv->field[place];
	int number = field->len <= SPEC_MAX_LEN ? sf_study_names_add(names, field->text) : -1;
	if (number < 0) {
		return sf_csv_fail(csv, (uint32_t)place, err,
		                   "%s: more than %d different ones, or longer than %d bytes",
		                   csv->column[place], SF_STUDY_NAMES_MAX - 1, SPEC_MAX_LEN);
	}
	*out = (uint16_t)number;
	return 0;
}

static int read_node(const struct sf_csv *csv, const int *place, struct sf_study_nodes *nodes,
                     struct sf_error *err)
{
	int64_t number[NODE_GPUS - NODE_CPU + 1];
	uint16_t model = 0;
	if (check_name(csv, place[NODE_NAME], err) != 0 ||
	    read_numbers(csv, place + NODE_CPU, NODE_GPUS - NODE_CPU + 1, number, err) != 0 ||
	    check_room(csv, place, number, err) != 0 ||
	    intern(csv, place[NODE_MODEL], &nodes->models, &model, err) != 0) {
		return -1;
	}
	int64_t gpus = number[NODE_GPUS - NODE_CPU];
	if (gpus > SF_GPUS_MAX) {
		return sf_csv_fail(csv, (uint32_t)place[NODE_GPUS], err,
		                   "gpu %lld: a node has at most %d", (long long)gpus, SF_GPUS_MAX);
	}
	if (gpus > 0 && model == 0) {
		return sf_csv_fail(csv, (uint32_t)place[NODE_MODEL], err,
		                   "model: expected one, as the node has GPUs");
	}
	if (nodes->n == SF_STUDY_NODES_MAX) {
		return sf_csv_fail(csv, 0, err, "more than %d nodes", SF_STUDY_NODES_MAX);
	}
	nodes->node = sf_xgrow(nodes->node, &nodes->cap, nodes->n + 1, sizeof(*nodes->node));
	nodes->node[nodes->n++] = (struct sf_study_node){
		.name = csv->field[place[NODE_NAME]].text,
		.cpu_milli = number[0],
		.memory_mib = number[NODE_MEMORY - NODE_CPU],
		.line = csv->field[0].line,
		.model = gpus > 0 ? model : 0,
		.gpus = (uint8_t)gpus,
	};
	return 0;
}

/* GPUs, milli-GPUs and models of a pod; those of a pod without GPUs mean nothing. */
static int read_gpus(const struct sf_csv *csv, const int *place, const int64_t *number,
                     struct sf_study_pods *pods, struct sf_study_pod *pod, struct sf_error *err)
{
	int64_t gpus = number[POD_GPUS - POD_CPU];
	int64_t milli = number[POD_MILLI - POD_CPU];
	if (gpus == 0) {
		return 0;
	}
	if (gpus > POD_GPUS_MAX) {
		return sf_csv_fail(csv, (uint32_t)place[POD_GPUS], err, "num_gpu %lld: at most %d",
		                   (long long)gpus, POD_GPUS_MAX);
	}
	if (milli == 0) {
		return sf_csv_fail(csv, (uint32_t)place[POD_MILLI], err,
		                   "gpu_milli 0: expected 1 to 1000 for a pod with GPUs");
	}
	pod->gpus = (uint16_t)gpus;
	pod->gpu_milli = (uint16_t)(milli < 1000 ? milli : 1000);
	return place[POD_SPEC] < 0 ? 0
	                           : intern(csv, place[POD_SPEC], &pods->specs, &pod->spec, err);
}

static int read_pod(const struct sf_csv *csv, const int *place, struct sf_study_pods *pods,
                    struct sf_error *err)
{
	int64_t number[POD_MILLI - POD_CPU + 1];
	if (check_name(csv, place[POD_NAME], err) != 0 ||
	    read_numbers(csv, place + POD_CPU, POD_MILLI - POD_CPU + 1, number, err) != 0) {
		return -1;
	}
	struct sf_study_pod pod = {
		.name = csv->field[place[POD_NAME]].text,
		.cpu_milli = number[0],
		.memory_mib = number[POD_MEMORY - POD_CPU],
		.line = csv->field[0].line,
	};
	if (read_gpus(csv, place, number, pods, &pod, err) != 0) {
		return -1;
	}
	if (pods->n == SF_STUDY_PODS_MAX) {
		return sf_csv_fail(csv, 0, err, "more than %d pods", SF_STUDY_PODS_MAX);
	}
	pods->pod = sf_xgrow(pods->pod, &pods->cap, pods->n + 1, sizeof(*pods->pod));
	pods->pod[pods->n++] = pod;
	return 0;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct sf_study_node *x = a;
	const struct sf_study_node *y = b;
	return strcmp(x->name, y->name);
}

static int compare_pods(const void *a, const void *b)
{
	const struct sf_study_pod *x = a;
	const struct sf_study_pod *y = b;
	return strcmp(x->name, y->name);
}

static int fail_twice(const char *name, const char *what, uint32_t line, uint32_t other,
                      struct sf_error *err)
{
	uint32_t first = line < other ? line : other;
	uint32_t again = line < other ? other : line;
	return sf_fail(err, SF_EINVAL, "%s:%u:1: '%.64s' is there twice, first in line %u", name,
	               again, what, first);
}

static int sort_nodes(struct sf_study_nodes *nodes, const char *name, struct sf_error *err)
{
	if (nodes->n == 0) {
		return sf_fail(err, SF_EINVAL, "%s: no nodes", name);
	}
	qsort(nodes->node, nodes->n, sizeof(*nodes->node), compare_nodes);
	for (uint32_t i = 1; i < nodes->n; i++) {
		const struct sf_study_node *node = &nodes->node[i];
		if (compare_nodes(node, node - 1) == 0) {
			return fail_twice(name, node->name, node->line, node[-1].line, err);
		}
	}
	return 0;
}

/* Most files are in order already. */
static int sort_pods(struct sf_study_pods *pods, const char *name, struct sf_error *err)
{
	bool sorted = true;
	for (uint32_t i = 1; i < pods->n && sorted; i++) {
		sorted = compare_pods(&pods->pod[i - 1], &pods->pod[i]) < 0;
	}
	if (!sorted) {
		qsort(pods->pod, pods->n, sizeof(*pods->pod), compare_pods);
	}
	for (uint32_t i = 1; i < pods->n && !sorted; i++) {
		const struct sf_study_pod *pod = &pods->pod[i];
		if (compare_pods(pod, pod - 1) == 0) {
			return fail_twice(name, pod->name, pod->line, pod[-1].line, err);
		}
	}
	return pods->n > 0 ? 0 : sf_fail(err, SF_EINVAL, "%s: no pods", name);
}

/* From out->text. */
static int take_nodes(const char *name, struct sf_study_nodes *out, struct sf_error *err)
{
	int place[NODE_COLUMNS];
	struct sf_csv csv;
	sf_str_append(&out->text, "");
	sf_csv_init(&csv, name, out->text.text, out->text.len);
	sf_study_names_add(&out->models, "");
	int got = sf_csv_header(&csv, node_columns, false, place, err);
	while (got == 0 && (got = sf_csv_next(&csv, err)) > 0) {
		got = read_node(&csv, place, out, err);
	}
	return got == 0 ? sort_nodes(out, name, err) : -1;
}

static int take_pods(const char *name, struct sf_study_pods *out, struct sf_error *err)
{
	int place[POD_COLUMNS];
	struct sf_csv csv;
	sf_str_append(&out->text, "");
	sf_csv_init(&csv, name, out->text.text, out->text.len);
	sf_study_names_add(&out->specs, "");
	int got = sf_csv_header(&csv, pod_columns, false, place, err);
	while (got == 0 && (got = sf_csv_next(&csv, err)) > 0) {
		got = read_pod(&csv, place, out, err);
	}
	return got == 0 ? sort_pods(out, name, err) : -1;
}

/* "dir/openb_pod_list_default.csv" is the trace "default". */
static void take_name(const char *path, struct sf_str *out)
{
	static const char prefix[] = "openb_pod_list_";
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	if (strncmp(base, prefix, sizeof(prefix) - 1) == 0) {
		base += sizeof(prefix) - 1;
	}
	size_t len = strlen(base);
	if (len > 4 && strcmp(base + len - 4, ".csv") == 0) {
		len -= 4;
	}
	sf_str_append_n(out, base, len);
}

static int end_nodes(int rc, struct sf_study_nodes *out)
{
	if (rc != 0) {
		sf_study_nodes_finish(out);
	}
	return rc;
}

static int end_pods(int rc, struct sf_study_pods *out)
{
	if (rc != 0) {
		sf_study_pods_finish(out);
	}
	return rc;
}

static const char *shown(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

int sf_openb_load_nodes(const char *path, struct sf_study_nodes *out, struct sf_error *err)
{
	int rc = sf_file_read(path, FILE_MAX, &out->text, err);
	return end_nodes(rc == 0 ? take_nodes(shown(path), out, err) : rc, out);
}

int sf_openb_load_pods(const char *path, struct sf_study_pods *out, struct sf_error *err)
{
	take_name(shown(path), &out->name);
	int rc = sf_file_read(path, FILE_MAX, &out->text, err);
	return end_pods(rc == 0 ? take_pods(shown(path), out, err) : rc, out);
}

int sf_openb_parse_nodes(const char *text, size_t len, const char *name, struct sf_study_nodes *out,
                         struct sf_error *err)
{
	sf_str_append_n(&out->text, text, len);
	return end_nodes(take_nodes(name, out, err), out);
}

int sf_openb_parse_pods(const char *text, size_t len, const char *name, struct sf_study_pods *out,
                        struct sf_error *err)
{
	take_name(name, &out->name);
	sf_str_append_n(&out->text, text, len);
	return end_pods(take_pods(name, out, err), out);
}
