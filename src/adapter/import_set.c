/* import_set: controllers of pods, and which of them a pod belongs to. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"
#include "pod_template.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWNERS_MAX = 4, REPLICAS_MAX = SF_SCENARIO_PODS_MAX };

/* Who owns an object. */
struct owner {
	const char *kind, *name;
};

static int64_t number_at(const struct sf_yaml *tree, const char *path, int64_t missing)
{
	const char *text = sf_manifest_text(tree, path);
	char *end;
	long long value = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0' || value < 0) {
		return missing;
	}
	return value > REPLICAS_MAX ? REPLICAS_MAX : value;
}

static int64_t replicas(const struct sf_yaml *tree)
{
	return number_at(tree, "spec.replicas", 1);
}

/* Those that still have to run, as many at a time as it may (kubernetes.io, Jobs). */
static int64_t of_job(const struct sf_yaml *spec, const struct sf_yaml *status, bool suspended)
{
	int64_t side = number_at(spec, "parallelism", 1);
	int64_t whole = number_at(spec, "completions", side);
	int64_t done = number_at(status, "succeeded", 0);
	const struct sf_yaml *conditions = sf_manifest_at(status, "conditions");
	for (size_t i = 0; conditions != NULL && i < conditions->n; i++) {
		const char *type = sf_manifest_text(conditions->child[i], "type");
		bool over = strcmp(type, "Complete") == 0 || strcmp(type, "Failed") == 0;
		if (over && strcmp(sf_manifest_text(conditions->child[i], "status"), "True") == 0) {
			return 0;
		}
	}
	int64_t left = whole > done ? whole - done : 0;
	return suspended ? 0 : left < side ? left : side;
}

static bool is_true(const struct sf_yaml *tree, const char *path)
{
	return strcmp(sf_manifest_text(tree, path), "true") == 0;
}

static int64_t job_pods(const struct sf_yaml *tree)
{
	return of_job(sf_yaml_get(tree, "spec"), sf_yaml_get(tree, "status"),
	              is_true(tree, "spec.suspend"));
}

/* One run of it, unless an API server has told which of its Jobs run: those are objects then. */
static int64_t cron_pods(const struct sf_yaml *tree)
{
	const struct sf_yaml *status = sf_yaml_get(tree, "status");
	bool live = *sf_manifest_text(tree, "metadata.uid") != '\0' || status != NULL;
	return live ? 0
	            : of_job(sf_manifest_at(tree, "spec.jobTemplate.spec"), NULL,
	                     is_true(tree, "spec.suspend"));
}

/* As many as nodes take one: known when the nodes are. */
static int64_t daemon_pods(const struct sf_yaml *tree)
{
	return number_at(tree, "status.desiredNumberScheduled", -1);
}

/* How many pods those who make pods want. */
static const struct controller {
	const char *kind;
	int64_t (*pods)(const struct sf_yaml *tree); /* NULL: each role says it */
	bool daemon;
} controllers[] = {
	{"Deployment", replicas, false},  {"StatefulSet", replicas, false},
	{"ReplicaSet", replicas, false},  {"ReplicationController", replicas, false},
	{"DaemonSet", daemon_pods, true}, {"Job", job_pods, false},
	{"CronJob", cron_pods, false},    {"PyTorchJob", NULL, false},
	{"MPIJob", NULL, false},          {"TFJob", NULL, false},
};

static const struct controller *controller_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		if (strcmp(controllers[i].kind, kind) == 0) {
			return &controllers[i];
		}
	}
	return NULL;
}

/* The owner that controls the object; kind "" when nobody does. */
static struct owner owner_of(const struct sf_yaml *tree)
{
	const struct sf_yaml *list = sf_manifest_at(tree, "metadata.ownerReferences");
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const char *name = sf_manifest_text(list->child[i], "name");
		if (is_true(list->child[i], "controller") && sf_kube_word_is_name(name)) {
			return (struct owner){.kind = sf_manifest_text(list->child[i], "kind"),
			                      .name = name};
		}
	}
	return (struct owner){.kind = "", .name = ""};
}

/* Nodes have no namespace, whatever they say. */
static const char *space_of(const char *kind, const char *space)
{
	return strcmp(kind, "Node") == 0 ? "" : space;
}

const struct sf_manifest *sf_import_find(const struct sf_importer *imp, const char *kind,
                                         const char *space, const char *name)
{
	char key[640];
	uint32_t index;
	int len = snprintf(key, sizeof(key), "%s/%s/%s", kind, space_of(kind, space), name);
	bool fits = len > 0 && (size_t)len < sizeof(key);
	return fits && sf_map_get(&imp->objects, key, &index) ? &imp->in->item[index] : NULL;
}

static void push(const struct sf_manifest ***list, size_t *n, size_t *cap,
                 const struct sf_manifest *item)
{
	*list = sf_xgrow(*list, cap, *n + 1, sizeof(struct sf_manifest *));
	(*list)[(*n)++] = item;
}

/* Objects by kind, namespace and name; and those that every pod asks for. */
int sf_import_index(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const struct sf_manifest *item = &imp->in->item[i];
		if (*item->kind == '\0' || *item->name == '\0') {
			continue;
		}
		const char *key = sf_arena_printf(imp->arena, "%s/%s/%s", item->kind,
		                                  space_of(item->kind, item->space), item->name);
		if (key == NULL) {
			return sf_import_full(imp);
		}
		sf_map_set(&imp->objects, key, (uint32_t)i);
		if (strcmp(item->kind, "PriorityClass") == 0) {
			push(&imp->class, &imp->n_classes, &imp->classes_cap, item);
		} else if (strcmp(item->kind, "LimitRange") == 0) {
			push(&imp->range, &imp->n_ranges, &imp->ranges_cap, item);
		} else if (strcmp(item->kind, "ResourceSlice") == 0) {
			push(&imp->slice, &imp->n_slices, &imp->slices_cap, item);
		}
	}
	return 0;
}

/* Up the owners that are told: ReplicaSet to Deployment, Job to CronJob or MPIJob. */
static struct owner top_owner(const struct sf_importer *imp, const char *space, struct owner owner)
{
	for (int i = 0; i < OWNERS_MAX; i++) {
		const struct sf_manifest *object =
			sf_import_find(imp, owner.kind, space, owner.name);
		struct owner above = object != NULL ? owner_of(object->tree)
		                                    : (struct owner){.kind = "", .name = ""};
		if (*above.kind == '\0' || *above.name == '\0') {
			break;
		}
		owner = above;
	}
	return owner;
}

/* Without the ReplicaSet at hand: its name is that of the Deployment and the hash that its pods are
 * labelled with. */
static int past_replica_set(struct sf_importer *imp, const struct sf_yaml *pod, struct owner *owner)
{
	const struct sf_yaml *labels = sf_manifest_at(pod, "metadata.labels");
	const char *hash = sf_manifest_text(sf_yaml_get(labels, "pod-template-hash"), "");
	size_t n = strlen(owner->name), tail = strlen(hash);
	if (strcmp(owner->kind, "ReplicaSet") != 0 || tail == 0 || n < tail + 2 ||
	    strcmp(owner->name + n - tail, hash) != 0 || owner->name[n - tail - 1] != '-') {
		return 0;
	}
	owner->kind = "Deployment";
	owner->name = sf_arena_strndup(imp->arena, owner->name, n - tail - 1);
	return owner->name != NULL ? 0 : -1;
}

/* The set of these words, a new one if need be. */
static uint32_t add_set(struct sf_importer *imp, const struct sf_import_set *words)
{
	const char *key = sf_arena_printf(imp->arena, "%s/%s/%s/%s", words->kind, words->space,
	                                  words->name, words->role);
	uint32_t index;
	if (key == NULL) {
		sf_import_full(imp);
		return SF_IMPORT_NONE;
	}
	if (sf_map_get(&imp->set_keys, key, &index)) {
		return index;
	}
	imp->set = sf_xgrow(imp->set, &imp->sets_cap, imp->n_sets + 1, sizeof(*imp->set));
	index = (uint32_t)imp->n_sets++;
	imp->set[index] = *words;
	imp->set[index].desired = -1;
	imp->set[index].first_part = SF_IMPORT_NONE;
	sf_map_set(&imp->set_keys, key, index);
	return index;
}

/* What the operators call the role of a pod: training.kubeflow.org/replica-type (worker), or job-role
 * where the launcher is a Job of its own. */
static const char *role_of(const struct sf_yaml *labels)
{
	static const char *const keys[] = {"training.kubeflow.org/replica-type",
	                                   "training.kubeflow.org/job-role"};
	for (size_t i = 0; i < 2; i++) {
		const char *role = sf_manifest_text(sf_yaml_get(labels, keys[i]), "");
		if (sf_kube_word_is_name(role)) {
			return role;
		}
	}
	return "";
}

uint32_t sf_import_set_of(struct sf_importer *imp, const struct sf_manifest *pod)
{
	struct owner owner = owner_of(pod->tree);
	struct sf_import_set words = {.kind = "Pod", .space = pod->space, .name = pod->name};
	words.role = "";
	if (*owner.kind != '\0' && *owner.name != '\0' && strcmp(owner.kind, "Node") != 0) {
		owner = top_owner(imp, pod->space, owner);
		if (past_replica_set(imp, pod->tree, &owner) != 0) {
			sf_import_full(imp);
			return SF_IMPORT_NONE;
		}
		const struct controller *controller = controller_of(owner.kind);
		words.kind = owner.kind;
		words.name = owner.name;
		if (controller != NULL && controller->pods == NULL) {
			words.role = role_of(sf_manifest_at(pod->tree, "metadata.labels"));
		}
		words.daemon = controller != NULL && controller->daemon;
	}
	return add_set(imp, &words);
}

/* Adds what a controller wants to the set of the one that stands above all. */
static int want(struct sf_importer *imp, const struct sf_manifest *object,
                const struct sf_import_set *words, const struct sf_yaml *template)
{
	uint32_t index = add_set(imp, words);
	if (index == SF_IMPORT_NONE) {
		return -1;
	}
	struct sf_import_set *set = &imp->set[index];
	set->daemon = words->daemon;
	set->gang = words->gang;
	set->admitted = *sf_manifest_text(object->tree, "metadata.uid") != '\0';
	if (words->desired >= 0) {
		set->desired = (set->desired > 0 ? set->desired : 0) + words->desired;
	}
	if (set->pod_template == NULL || words->desired != 0) {
		set->pod_template = template;
	}
	return 0;
}

/* Lower case, as the labels of the pods have it: "Worker" is worker. */
static const char *role_name(struct sf_importer *imp, const char *key)
{
	char *role = sf_arena_strdup(imp->arena, sf_kube_word_is_name(key) ? key : "role");
	for (char *c = role; c != NULL && *c != '\0'; c++) {
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	}
	return role;
}

/* Every role has pods of its own, which wait for each other. */
static int add_roles(struct sf_importer *imp, const struct sf_manifest *object,
                     const struct sf_pod_template *template)
{
	const struct sf_yaml *roles = sf_manifest_at(object->tree, template->roles);
	bool off = is_true(object->tree, "spec.runPolicy.suspend");
	for (size_t i = 0; roles != NULL && roles->kind == SF_YAML_MAPPING && i < roles->n; i++) {
		const struct sf_yaml *spec = roles->child[i];
		int64_t pods = off ? 0 : number_at(spec, "replicas", 1);
		struct sf_import_set words = {
			.kind = object->kind,
			.space = object->space,
			.name = object->name,
			.role = role_name(imp, spec->key),
			.desired = pods,
			.gang = pods > 1 ? (uint32_t)pods : 0,
		};
		if (words.role == NULL) {
			return sf_import_full(imp);
		}
		if (want(imp, object, &words, sf_manifest_at(spec, template->path)) != 0) {
			return -1;
		}
	}
	sf_import_count(imp, object->kind, roles != NULL ? "read" : "without roles, left out");
	return 0;
}

static int add_controller(struct sf_importer *imp, const struct sf_manifest *object,
                          const struct controller *controller)
{
	struct owner self = {.kind = object->kind, .name = object->name};
	struct owner top = top_owner(imp, object->space, self);
	const struct sf_pod_template *template = sf_pod_template_of(object->kind);
	if (template->roles != NULL) {
		return add_roles(imp, object, template);
	}
	bool owned = strcmp(top.kind, self.kind) != 0 || strcmp(top.name, self.name) != 0;
	if (owned && sf_import_find(imp, top.kind, object->space, top.name) != NULL &&
	    controller_of(top.kind) != NULL && strcmp(top.kind, "CronJob") != 0) {
		sf_import_count(imp, object->kind, "read with their owners");
		return 0;
	}
	struct sf_import_set words = {
		.kind = top.kind,
		.space = object->space,
		.name = top.name,
		.role = "",
		.desired = controller->pods(object->tree),
		.daemon = controller->daemon,
	};
	sf_import_count(imp, object->kind, words.desired == 0 ? "read, with no pods now" : "read");
	return want(imp, object, &words, sf_manifest_at(object->tree, template->path));
}

/* Old Deployments are of extensions/v1beta1; typed lists may leave the version out. */
static bool is_of_its_api(const struct sf_manifest *object)
{
	const char *group = sf_pod_template_of(object->kind)->group;
	const char *version = object->api_version;
	return *version == '\0' || strncmp(version, "extensions/", 11) == 0 ||
	       strncmp(version, group, strlen(group)) == 0;
}

int sf_import_sets(struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const struct sf_manifest *object = &imp->in->item[i];
		const struct controller *controller = controller_of(object->kind);
		if (controller == NULL) {
			continue;
		}
		if (!is_of_its_api(object)) {
			sf_import_count(imp, object->kind, "of another API, left out");
			continue;
		}
		if (!sf_import_takes(imp, object)) {
			continue;
		}
		if (add_controller(imp, object, controller) != 0) {
			return -1;
		}
	}
	return 0;
}
