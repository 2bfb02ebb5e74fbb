/* serve_config_write: the configuration of `slicefit serve` as it holds, defaults and all. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serve_config.h>

#include <slicefit/yaml.h>

#include <stdio.h>

static void write_duration(struct sf_yaml_writer *yaml, const char *key, int64_t us)
{
	char text[32];
	if (us % 1000000 == 0) {
		snprintf(text, sizeof(text), "%llds", (long long)(us / 1000000));
	} else {
		snprintf(text, sizeof(text), "%lld.%06llds", (long long)(us / 1000000),
		         (long long)(us % 1000000));
	}
	sf_yaml_write_str(yaml, key, text);
}

static void write_modes(struct sf_yaml_writer *yaml, const char *key, const uint8_t *mode,
                        uint8_t n)
{
	sf_yaml_write_flow(yaml, key);
	for (uint8_t i = 0; i < n; i++) {
		sf_yaml_write_str(yaml, NULL, sf_serving_names[mode[i]]);
	}
	sf_yaml_write_end(yaml);
}

static void write_rules(struct sf_yaml_writer *yaml, const struct sf_class_rules *rules)
{
	uint8_t allow[SF_SERVINGS], n = 0;
	for (int mode = 0; mode < SF_SERVINGS; mode++) {
		if ((rules->allow & SF_SERVING_BIT(mode)) != 0) {
			allow[n++] = (uint8_t)mode;
		}
	}
	if (rules->policy != NULL) {
		sf_yaml_write_str(yaml, "policy", rules->policy);
	}
	if (n > 0) {
		write_modes(yaml, "allow", allow, n);
	}
	if (rules->says_prefer) {
		write_modes(yaml, "prefer", rules->prefer, rules->n_prefer);
	}
}

static void write_classes(struct sf_yaml_writer *yaml, const struct sf_serve_config *config)
{
	sf_yaml_write_mapping(yaml, "classes");
	for (uint32_t i = 0; i < config->n_classes; i++) {
		sf_yaml_write_mapping(yaml, config->class[i].name);
		write_rules(yaml, &config->class[i].rules);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_pairs(struct sf_yaml_writer *yaml, const char *key,
                        const struct sf_serve_pair *pair, uint8_t n)
{
	if (n == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, key);
	for (uint8_t i = 0; i < n; i++) {
		sf_yaml_write_str(yaml, pair[i].key, pair[i].value != NULL ? pair[i].value : "*");
	}
	sf_yaml_write_end(yaml);
}

static void write_matches(struct sf_yaml_writer *yaml, const struct sf_serve_config *config)
{
	if (config->n_matches == 0) {
		return;
	}
	sf_yaml_write_sequence(yaml, "match");
	for (uint32_t i = 0; i < config->n_matches; i++) {
		const struct sf_serve_match *match = &config->match[i];
		sf_yaml_write_mapping(yaml, NULL);
		sf_yaml_write_str(yaml, "class", config->class[match->class].name);
		write_pairs(yaml, "labels", match->label, match->n_labels);
		write_pairs(yaml, "annotations", match->annotation, match->n_annotations);
		if (match->owner != NULL) {
			sf_yaml_write_str(yaml, "owner", match->owner);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_namespaces(struct sf_yaml_writer *yaml, const struct sf_serve_config *config)
{
	if (config->n_namespaces == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "namespaces");
	for (uint32_t i = 0; i < config->n_namespaces; i++) {
		const struct sf_serve_namespace *space = &config->namespace[i];
		sf_yaml_write_mapping(yaml, space->name);
		if (space->class != SF_SERVE_CLASS_NONE) {
			sf_yaml_write_str(yaml, "class", config->class[space->class].name);
		}
		write_rules(yaml, &space->rules);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_selection(struct sf_yaml_writer *yaml, const struct sf_serve_config *config)
{
	if (config->selection != SF_SELECTION_NARROW) {
		sf_yaml_write_str(yaml, "selection", sf_selection_names[config->selection]);
		return;
	}
	sf_yaml_write_mapping(yaml, "selection");
	sf_yaml_write_int(yaml, "narrow", config->narrow);
	sf_yaml_write_end(yaml);
}

int sf_serve_config_write(const struct sf_serve_config *config, struct sf_str *out,
                          struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "schema", "slicefit.serve/1");
	if (config->policy != NULL) {
		sf_yaml_write_str(yaml, "policy", config->policy);
	}
	sf_yaml_write_str(yaml, "class_key", config->class_key);
	sf_yaml_write_bool(yaml, "derive", config->derive);
	write_classes(yaml, config);
	write_matches(yaml, config);
	write_namespaces(yaml, config);
	write_selection(yaml, config);
	sf_yaml_write_mapping(yaml, "stale");
	write_duration(yaml, "after", config->stale_after_us);
	sf_yaml_write_str(yaml, "answer", sf_stale_answer_names[config->stale_answer]);
	sf_yaml_write_end(yaml);
	sf_yaml_write_mapping(yaml, "reservations");
	write_duration(yaml, "expire", config->reservation_expire_us);
	sf_yaml_write_end(yaml);
	if (config->shadow != NULL) {
		sf_yaml_write_mapping(yaml, "shadow");
		sf_yaml_write_str(yaml, "policy", config->shadow);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
	int rc = sf_yaml_writer_text(yaml, out, err);
	sf_yaml_writer_destroy(yaml);
	return rc;
}
