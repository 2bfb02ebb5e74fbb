/* report_remedy: what would place a pod, in words and as commands. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_REMEDY_H
#define SF_REPORT_REMEDY_H

#include <slicefit/remedy.h>
#include <slicefit/report_explain.h>

struct sf_str;

/* Where the pod can be changed. */
struct sf_remedy_source {
	const char *file;  /* its manifest; NULL: it is in the cluster */
	const char *label; /* "namespace/name" */
	const char *owner; /* kind of what made it, or "" */
};

/* "move team/old (priority 0) from a-1 to b-2". */
void sf_report_remedy(const struct sf_remedy *remedy, struct sf_str *out);

/* The commands that do it, one a line; a line that begins with '#' is for the reader. */
void sf_report_remedy_commands(const struct sf_remedy *remedy,
                               const struct sf_remedy_source *source, struct sf_str *out);

/* Everything that is said about one pod. */
struct sf_remedy_report {
	const struct sf_explain_subject *subject;
	const struct sf_explanation *explanation;
	const struct sf_remedies *remedies;
	const struct sf_remedy_source *source;
	/* Each node by itself, or NULL. */
	const struct sf_cluster *cluster;
	const struct sf_request *request;
	const struct sf_verdicts *verdicts;
	const char *const *excluded; /* of the explanation's question */
	bool fancy;                  /* colours */
};

void sf_report_remedies_text(const struct sf_remedy_report *report, struct sf_str *out);
void sf_report_remedies_json(const struct sf_remedy_report *report, struct sf_str *out);

/* One line per node and one per GPU, with what is free on it; members of the current object. */
void sf_report_nodes_text(const struct sf_remedy_report *report, struct sf_str *out);
void sf_report_nodes_json(const struct sf_remedy_report *report, struct sf_json *json);

#endif
