/* kubectl: what `kubectl` and `helm` are told to do. */
// SPDX-License-Identifier: Apache-2.0
#include "kubectl.h"

#include "command.h"
#include "stream.h"

#include <slicefit/alloc.h>

#include <ctype.h>

/* The word behind "kubectl" (or oc, k), over options; n when it is another command. */
static size_t verb(const struct command *command)
{
	size_t i = 0;
	while (i < command->n && !same(command->word[i].text, "kubectl") &&
	       !same(command->word[i].text, "oc") && !same(command->word[i].text, "k") &&
	       !same(command->word[i].text, "microk8s.kubectl")) {
		i++;
	}
	for (i++; i < command->n && command->word[i].text[0] == '-'; i++) {
		if (same(command->word[i].text, "-n") ||
		    same(command->word[i].text, "--namespace") ||
		    same(command->word[i].text, "--context")) {
			i++;
		}
	}
	return i < command->n ? i : command->n;
}

static bool is_verb(const struct command *command, const char *word)
{
	size_t i = verb(command);
	return i < command->n && same(command->word[i].text, word);
}

static struct setting split(struct sf_lint *lint, const struct command *command,
                            const struct word *word, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t n = equals != NULL ? (size_t)(equals - text) : len;
	const char *value = equals != NULL ? equals + 1 : text + len;
	return (struct setting){
		.key = lint_copy(lint, text, n),
		.value = lint_copy(lint, value, len - (size_t)(value - text)),
		.source = command->source,
		.place = word->place,
	};
}

void kubectl_labels(struct sf_lint *lint, const struct command *command,
                    void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	if (!is_verb(command, "label")) {
		return;
	}
	for (size_t i = verb(command) + 1; i < command->n; i++) {
		const struct word *word = &command->word[i];
		if (same(word->text, "-l") || same(word->text, "--selector")) {
			i++;
			continue;
		}
		if (word->text[0] != '-' && strchr(word->text, '=') != NULL &&
		    strncmp(word->text, "nvidia.com/", 11) == 0) {
			struct setting setting =
				split(lint, command, word, word->text, strlen(word->text));
			each(lint, &setting);
		}
	}
}

/* "a=b,c=d" of an option that stands at word `at`: its column stands for all of its values. */
static void split_list(struct sf_lint *lint, const struct command *command, size_t at,
                       const char *list,
                       void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	while (*list != '\0') {
		size_t n = strcspn(list, ",");
		struct setting setting = split(lint, command, &command->word[at], list, n);
		each(lint, &setting);
		list += n + (list[n] == ',');
	}
}

static void each_set(struct sf_lint *lint, const struct command *command,
                     const char *const *options,
                     void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	for (size_t i = 0; command_find(command, "helm") < command->n && i < command->n; i++) {
		const char *list = NULL;
		for (size_t k = 0; list == NULL && options[k] != NULL; k++) {
			list = command_value(command, &i, NULL, options[k]);
		}
		if (list != NULL) {
			split_list(lint, command, i, list, each);
		}
	}
}

void kubectl_sets(struct sf_lint *lint, const struct command *command,
                  void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	static const char *const options[] = {"--set", "--set-string", NULL};
	each_set(lint, command, options, each);
}

/* What stands before the first = of an option whose value is a file or JSON. */
static void each_key(struct sf_lint *lint, const struct command *command,
                     void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	for (size_t i = 0; command_find(command, "helm") < command->n && i < command->n; i++) {
		const char *text = command_value(command, &i, NULL, "--set-file");
		text = text != NULL ? text : command_value(command, &i, NULL, "--set-json");
		if (text != NULL) {
			struct setting setting =
				split(lint, command, &command->word[i], text, strcspn(text, "="));
			each(lint, &setting);
		}
	}
}

void kubectl_set_keys(struct sf_lint *lint, const struct command *command,
                      void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	kubectl_sets(lint, command, each);
	each_key(lint, command, each);
}

void kubectl_parameters(struct sf_lint *lint, const struct doc *doc,
                        void (*each)(struct sf_lint *lint, const struct setting *setting))
{
	const struct sf_yaml *list = lint_get(doc->root, "spec.source.helm.parameters");
	for (size_t i = 0; list != NULL && list->kind == SF_YAML_SEQUENCE && i < list->n; i++) {
		const struct sf_yaml *name = sf_yaml_get(list->child[i], "name");
		const char *value = lint_text_at(list->child[i], "value");
		if (lint_text(name) != NULL) {
			struct setting setting = {
				.key = name->text,
				.value = value != NULL ? value : "",
				.source = doc->source,
				.place = {name->line, name->column},
			};
			each(lint, &setting);
		}
	}
}

static const struct {
	const char *key;
	enum refers to;
	bool is_default;
} known[] = {
	{"mig.strategy", REFERS_STRATEGY, true},
	{"migStrategy", REFERS_STRATEGY, true},
	{"migManager.config.name", REFERS_PARTED_MAP, false},
	{"migManager.config.default", REFERS_PARTED_CONFIG, true},
	{"devicePlugin.config.name", REFERS_PLUGIN_MAP, true},
	{"devicePlugin.config.default", REFERS_PLUGIN_CONFIG, true},
	{"config.name", REFERS_PLUGIN_MAP, false},
	{"config.default", REFERS_PLUGIN_CONFIG, true},
	{"nvidia.com/mig.config", REFERS_PARTED_CONFIG, false},
	{"nvidia.com/device-plugin.config", REFERS_PLUGIN_CONFIG, false},
};

static void refer(struct sf_lint *lint, const struct setting *setting)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool variable = lint_is_placeholder(setting->value);
		if (same(setting->key, known[i].key) && *setting->value != '\0' && !variable) {
			facts_refer(lint, (struct reference){
						  .to = known[i].to,
						  .value = setting->value,
						  .source = setting->source,
						  .place = setting->place,
						  .is_default = known[i].is_default,
					  });
		}
	}
}

void kubectl_gather_parameters(struct sf_lint *lint, const struct doc *doc)
{
	kubectl_parameters(lint, doc, refer);
}

/* kubectl create configmap NAME --from-file=...: its keys are the files' names. */
static void gather_map(struct sf_lint *lint, const struct command *command)
{
	struct facts *facts = lint->facts;
	size_t i = verb(command) + 1;
	bool map = i < command->n &&
	           (same(command->word[i].text, "configmap") || same(command->word[i].text, "cm"));
	if (!is_verb(command, "create") || !map) {
		return;
	}
	for (i++; i < command->n; i++) {
		const char *text = command->word[i].text;
		if (same(text, "-n") || same(text, "--namespace")) {
			i++;
		} else if (text[0] != '-') {
			facts->map = sf_xgrow(facts->map, &facts->maps_cap, facts->n_maps + 1,
			                      sizeof(*facts->map));
			facts->map[facts->n_maps++] = (struct map_fact){.name = text};
			return;
		}
	}
}

/* Is a file that a command uses among those that are linted? */
static bool is_here(const struct sf_lint *lint, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t n = strlen(name);
	for (size_t i = 0; i < lint->n_sources; i++) {
		const char *have = lint->source[i]->name;
		size_t len = strlen(have);
		if (n > 0 && len >= n && same(have + len - n, name)) {
			return true;
		}
	}
	return false;
}

/* Does a command use a file or folder that is not among those that are linted? */
static bool uses_others(const struct sf_lint *lint, const struct command *command, const char *full)
{
	for (size_t i = 0; i < command->n; i++) {
		const char *path = command_value(command, &i, "-f", full);
		path = path != NULL ? path : command_value(command, &i, "-k", "--kustomize");
		if (path != NULL && !same(path, "-") && !is_here(lint, path)) {
			return true;
		}
	}
	return false;
}

static bool has_word(const struct command *command, const char *word)
{
	return command_find(command, word) < command->n;
}

/* What is applied from files that are not here may be anything; helm without a strategy takes the
 * chart's, which is single. */
static void gather_files(struct sf_lint *lint, const struct command *command)
{
	struct facts *facts = lint->facts;
	if (has_word(command, "helm")) {
		bool others = uses_others(lint, command, "--values");
		bool installs = has_word(command, "install") || has_word(command, "upgrade");
		facts->partial = facts->partial || others;
		facts->partial_values = facts->partial_values || others;
		facts->chart =
			facts->chart || (installs && has_word(command, "nvidia/gpu-operator"));
	} else if (is_verb(command, "apply") || is_verb(command, "create")) {
		facts->partial = facts->partial || uses_others(lint, command, "--filename");
	}
}

/* nvidia-mig-parted apply|assert -f FILE -c NAME */
static void gather_parted(struct sf_lint *lint, const struct command *command)
{
	bool parted = command_find(command, "nvidia-mig-parted") < command->n;
	for (size_t i = 0; parted && i < command->n; i++) {
		size_t at = i;
		const char *name = command_value(command, &i, "-c", "--selected-config");
		if (name != NULL && *name != '\0' && !lint_is_placeholder(name)) {
			facts_refer(lint, (struct reference){
						  .to = REFERS_PARTED_CONFIG,
						  .value = name,
						  .source = command->source,
						  .place = command->word[i > at ? i : at].place,
					  });
		}
	}
}

void kubectl_gather(struct sf_lint *lint, const struct command *command)
{
	if (!command->inline_code) {
		gather_files(lint, command);
	}
	kubectl_labels(lint, command, refer);
	kubectl_sets(lint, command, refer);
	gather_map(lint, command);
	gather_parted(lint, command);
}

void kubectl_patches(struct sf_lint *lint, const struct command *command)
{
	if (!is_verb(command, "patch")) {
		return;
	}
	for (size_t i = verb(command) + 1; i < command->n; i++) {
		const char *patch = command_value(command, &i, "-p", "--patch");
		while (patch != NULL && isspace((unsigned char)*patch)) {
			patch++;
		}
		if (patch != NULL && (*patch == '{' || *patch == '[')) {
			stream_read_word(lint, command->source, patch, command->word[i].place);
		}
	}
}
