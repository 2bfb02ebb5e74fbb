/* remedy_commands: the kubectl commands of a remedy. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_remedy.h>

#include <slicefit/str.h>

#include <inttypes.h>
#include <string.h>

/* "NAMESPACE" and "NAME" of "NAMESPACE/NAME"; names of Kubernetes need no quotes in a shell. */
static void write_pod(const char *label, const char *verb, struct sf_str *out)
{
	const char *slash = strchr(label, '/');
	int space = slash != NULL ? (int)(slash - label) : 0;
	sf_str_printf(out, "kubectl -n %.*s %s pod %s", space, label, verb,
	              slash != NULL ? slash + 1 : label);
}

static bool is_made(const char *owner)
{
	return owner != NULL && owner[0] != '\0';
}

/* Whoever made it makes another one; a pod that nobody made is made again from itself. */
static void write_leave(const struct sf_remedy_pod *pod, struct sf_str *out)
{
	if (pod->budget != NULL) {
		const char *name = strchr(pod->budget, '/') + 1;
		sf_str_printf(
			out,
			"# go on when this one allows a disruption: kubectl -n %.*s get pdb %s\n",
			(int)(name - 1 - pod->budget), pod->budget, name);
	}
	if (is_made(pod->owner)) {
		write_pod(pod->label, "delete", out);
		sf_str_append(out, "\n");
		return;
	}
	write_pod(pod->label, "get", out);
	sf_str_append(out, " -o yaml | sed '/^  \\(nodeName\\|uid\\|resourceVersion\\):/d' | "
	                   "kubectl replace --force -f -\n");
}

static void write_leaves(const struct sf_remedy *remedy, struct sf_str *out)
{
	for (size_t i = 0; i < remedy->n_pods; i++) {
		write_leave(&remedy->pod[i], out);
	}
	if (remedy->disturbs.moved > 0) {
		sf_str_append(out, "# go on when they run elsewhere:");
		for (size_t i = 0; i < remedy->n_pods; i++) {
			const struct sf_remedy_pod *pod = &remedy->pod[i];
			if (pod->to != NULL && strcmp(pod->to, pod->from) != 0) {
				sf_str_printf(out, " %s has room on %s;", pod->label, pod->to);
			}
		}
		out->text[out->len - 1] = '\n';
	}
}

static void write_layout(const struct sf_remedy *remedy, struct sf_str *out)
{
	const char *node = remedy->node;
	sf_str_printf(out, "kubectl cordon %s\n", node);
	for (size_t i = 0; i < remedy->n_pods; i++) {
		write_leave(&remedy->pod[i], out);
	}
	sf_str_printf(out,
	              "kubectl label node %s nvidia.com/mig.config=%s "
	              "nvidia.com/mig.config.state- --overwrite\n",
	              node, remedy->layout);
	sf_str_printf(out,
	              "kubectl wait node/%s --timeout=15m --for="
	              "jsonpath='{.metadata.labels.nvidia\\.com/mig\\.config\\.state}'=success\n",
	              node);
	sf_str_printf(out, "kubectl uncordon %s\n", node);
}

/* One more key in the ConfigMap that the GPU Operator gives to the device plugin. */
static void write_replicas(const struct sf_remedy *remedy, struct sf_str *out)
{
	const char *key = strcmp(remedy->sharing, "mps") == 0 ? "mps" : "time-slicing";
	sf_str_append(out,
	              "kubectl -n gpu-operator patch configmap --type merge "
	              "\"$(kubectl get clusterpolicies.nvidia.com "
	              "-o jsonpath='{.items[0].spec.devicePlugin.config.name}')\" -p '{\"data\":{");
	sf_str_printf(out, "\"%s-%" PRId64 "\":\"version: v1\\nsharing:\\n  %s:\\n", key,
	              remedy->need, remedy->sharing);
	sf_str_printf(out,
	              "    renameByDefault: %s\\n    failRequestsGreaterThanOne: %s\\n"
	              "    resources:\\n    - name: %s\\n      replicas: %" PRId64 "\\n\"}}'\n",
	              remedy->rename ? "true" : "false", remedy->fail_above_1 ? "true" : "false",
	              remedy->resource, remedy->need);
	sf_str_printf(out,
	              "kubectl label node %s nvidia.com/device-plugin.config=%s-%" PRId64
	              " --overwrite\n",
	              remedy->node, key, remedy->need);
}

/* The manifest through one substitution. */
static void write_edit(const struct sf_remedy_source *source, const char *from, const char *to,
                       struct sf_str *out)
{
	if (source->file == NULL && is_made(source->owner)) {
		sf_str_printf(out, "# change the template of the %s that made %s like this:\n",
		              source->owner, source->label);
	}
	if (source->file == NULL) {
		write_pod(source->label, "get", out);
		sf_str_append(out, " -o yaml | sed ");
	} else {
		sf_str_append(out, "sed ");
	}
	sf_str_printf(out, "'s#%s#%s#'", from, to);
	if (source->file != NULL && strcmp(source->file, "-") != 0) {
		sf_str_printf(out, " '%s'", source->file);
	}
	sf_str_append(out, " | kubectl replace --force -f -\n");
}

/* Dots are dots. */
static void append_pattern(const char *name, struct sf_str *out)
{
	for (; *name != '\0'; name++) {
		sf_str_append(out, *name == '.' ? "\\" : "");
		sf_str_append_n(out, name, 1);
	}
}

static void write_name(const struct sf_remedy *remedy, const struct sf_remedy_source *source,
                       struct sf_str *out)
{
	struct sf_str from = {0}, to = {0};
	append_pattern(remedy->resource, &from);
	sf_str_append(&from, "\\(\"\\{0,1\\}:\\)");
	sf_str_printf(&to, "%s\\1", remedy->instead);
	write_edit(source, sf_str_get(&from), sf_str_get(&to), out);
	sf_str_finish(&from);
	sf_str_finish(&to);
}

static void write_fewer(const struct sf_remedy *remedy, const struct sf_remedy_source *source,
                        struct sf_str *out)
{
	struct sf_str from = {0}, to = {0};
	sf_str_append(&from, "\\(");
	append_pattern(remedy->resource, &from);
	sf_str_printf(&from, "\"\\{0,1\\}: *\"\\{0,1\\}\\)%" PRId64, remedy->need);
	sf_str_printf(&to, "\\1%" PRId64, remedy->have);
	write_edit(source, sf_str_get(&from), sf_str_get(&to), out);
	sf_str_finish(&from);
	sf_str_finish(&to);
}

static void write_less(const struct sf_remedy *remedy, const struct sf_remedy_source *source,
                       struct sf_str *out)
{
	switch (remedy->less) {
	case SF_LESS_DEVICES:
		write_fewer(remedy, source, out);
		break;
	case SF_LESS_GPU_MEMORY:
		if (source->file != NULL) {
			sf_str_printf(out,
			              "# in the pod's annotations: slicefit.io/gpu-memory: %" PRId64
			              "Mi\n",
			              remedy->have);
			break;
		}
		write_pod(source->label, "annotate --overwrite", out);
		sf_str_printf(out, " slicefit.io/gpu-memory=%" PRId64 "Mi\n", remedy->have);
		break;
	case SF_LESS_GPU_SHARE:
		sf_str_printf(out, "# in the pod: a wish for at most %" PRId64 ".%" PRId64 " %%\n",
		              remedy->have / 10, remedy->have % 10);
		break;
	case SF_LESS_CPU:
		sf_str_printf(out, "# in the pod: resources.requests.cpu: %" PRId64 "m in all\n",
		              remedy->have);
		break;
	case SF_LESS_MEMORY:
		sf_str_printf(out,
		              "# in the pod: resources.requests.memory: %" PRId64 "Mi in all\n",
		              remedy->have);
		break;
	}
}

void sf_report_remedy_commands(const struct sf_remedy *remedy,
                               const struct sf_remedy_source *source, struct sf_str *out)
{
	switch (remedy->kind) {
	case SF_REMEDY_READY:
		sf_str_printf(out, "kubectl uncordon %s\n", remedy->node);
		break;
	case SF_REMEDY_RULE:
		sf_str_printf(out, "%s\n", remedy->command);
		break;
	case SF_REMEDY_NAME:
		write_name(remedy, source, out);
		break;
	case SF_REMEDY_LESS:
		write_less(remedy, source, out);
		break;
	case SF_REMEDY_REPLICAS:
		write_replicas(remedy, out);
		break;
	case SF_REMEDY_LAYOUT:
		write_layout(remedy, out);
		break;
	case SF_REMEDY_MOVE:
	case SF_REMEDY_FREE:
		sf_str_printf(out, "kubectl cordon %s\n", remedy->node);
		write_leaves(remedy, out);
		sf_str_printf(out, "kubectl uncordon %s\n", remedy->node);
		break;
	case SF_REMEDIES:
		break;
	}
}
