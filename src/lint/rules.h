/* rules: where the rules of each topic are called. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_RULES_H
#define SF_LINT_RULES_H

#include "lint_impl.h"

struct command;
struct reference;

/* mig-parted: the form of a file, and what its entries ask of a GPU. */
void rules_parted(struct sf_lint *lint, const struct doc *doc);
/* What is under mig-configs, wherever that is. */
void rules_parted_configs(struct sf_lint *lint, const struct doc *doc,
                          const struct sf_yaml *configs);
/* A device-filter of it, or NULL. */
void rules_filter(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *filter);
/* Can a device-filter match a GPU at all, be it one that the catalog does not know? */
bool rules_filter_can_match(const struct sf_yaml *filter);
/* The device plugin's configuration. */
void rules_plugin(struct sf_lint *lint, const struct doc *doc);
/* Values of gpu-operator and nvidia-device-plugin; `values` is the tree where they begin. */
void rules_values(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *values);
/* Requests, limits and quotas, wherever they are in a tree. */
void rules_requests(struct sf_lint *lint, const struct doc *doc);
/* Labels and selectors, wherever they are in a tree. */
void rules_labels(struct sf_lint *lint, const struct doc *doc);
/* ConfigMaps and other objects as such. */
void rules_object(struct sf_lint *lint, const struct doc *doc);
/* nvidia-smi; `command` is one of a list. */
void rules_smi(struct sf_lint *lint, const struct command *command);
/* `nvidia-smi mig -cgi LIST`, the list being word `at`. */
void rules_cgi(struct sf_lint *lint, const struct command *command, size_t at, const char *list);
/* kubectl and helm. */
void rules_kubectl(struct sf_lint *lint, const struct command *command);
/* All rules of one document; of all commands. */
void rules_document(struct sf_lint *lint, const struct doc *doc);
void rules_commands(struct sf_lint *lint);
/* What pods ask for, against what is offered. */
void rules_demand(struct sf_lint *lint);
/* Profiles that prose and comments name. */
void rules_text(struct sf_lint *lint);
/* What prose and comments say. */
void rules_claims(struct sf_lint *lint);
/* What a configuration that a label or a default names makes of a node. */
void rules_nodes_config(struct sf_lint *lint, const struct reference *reference);
/* What NVIDIA's own configurations leave out. */
void rules_nodes(struct sf_lint *lint);
/* What two files say of each other. */
void rules_together(struct sf_lint *lint);

#endif
