/* serve_config_read: what the parts of the reader of serve's configuration share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SERVE_CONFIG_READ_H
#define SF_SERVE_CONFIG_READ_H

#include <slicefit/serve_config.h>
#include <slicefit/yaml.h>

struct sf_config_reader {
	const char *file;
	const char *const *policies;
	struct sf_serve_config *config;
	struct sf_error *err;
};

/* Zeroed, as long as the config lives; NULL and a message when there is too much. */
void *sf_config_array(const struct sf_config_reader *reader, size_t n, size_t size);

/* One of the words; -1 and "unknown WHAT 'x', did you mean 'y'?". */
int sf_config_word(const struct sf_config_reader *reader, const struct sf_yaml *node,
                   const char *what, const char *const *words, size_t *out);

/* A copy of 1 to `max` bytes without blanks and control characters. An absent node leaves *out alone. */
int sf_config_text(const struct sf_config_reader *reader, const struct sf_yaml *node, size_t max,
                   const char **out);

/* The name of a policy; an absent node leaves *out alone. */
int sf_config_policy(const struct sf_config_reader *reader, const struct sf_yaml *node,
                     const char **out);

/* The keys classes:, match: and namespaces:, in this order; NULL for those that are absent. */
int sf_config_classes(const struct sf_config_reader *reader, const struct sf_yaml *node);
int sf_config_matches(const struct sf_config_reader *reader, const struct sf_yaml *node);
int sf_config_namespaces(const struct sf_config_reader *reader, const struct sf_yaml *node);

#endif
