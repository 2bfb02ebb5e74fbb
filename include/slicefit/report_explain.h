/* report_explain: explanations as JSON and as text for people. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_EXPLAIN_H
#define SF_REPORT_EXPLAIN_H

#include <slicefit/explain.h>

struct sf_json;
struct sf_str;

/* What is explained, in words. */
struct sf_explain_subject {
	const char *pod;   /* "default/train" */
	const char *state; /* "pending", "reserved", "bound"; NULL: not known to the cluster */
	const char *node;  /* on which it is or will be; NULL: none */
	const char *policy;
	const char *class; /* NULL: none */
	uint8_t deny;      /* bits of the modes in which it must not be served */
	int32_t priority;
	int32_t gpu_memory_mib;    /* 0: no wish */
	uint16_t gpu_memory_milli; /* a share of each device's memory; 0: no wish */
	const char *notes;         /* lines of what it asks for that is not looked at; NULL: none */
	uint8_t n;
	struct sf_explain_want {
		char name[SF_NAME_MAX];
		uint16_t count;
	} want[SF_WANTS_MAX];
};

/* "wants 2 nvidia.com/gpu with 20480 MiB of GPU memory each". */
void sf_report_wants(const struct sf_explain_subject *subject, struct sf_str *out);

/* "note: LINE" for each of the notes; and as an array "not_looked_at" of the current object. */
void sf_report_notes(const struct sf_explain_subject *subject, struct sf_str *out);
void sf_report_notes_json(struct sf_json *json, const struct sf_explain_subject *subject);

/* "after evicting default/old (priority 0) from a100-0"; without the nodes where it would do. */
void sf_report_mend(const struct sf_mend *mend, struct sf_str *out);

/* The devices as an array at `key`. */
void sf_report_given(struct sf_json *json, const char *key, const struct sf_given *given, size_t n);

/* Resources and wishes as an object at `key`. */
void sf_report_request(struct sf_json *json, const char *key,
                       const struct sf_explain_subject *subject);

/* Refusals and changes as two arrays of the current object, "refused" and "changes". */
void sf_report_refusals(struct sf_json *json, const struct sf_explanation *explanation);

/* The whole explanation as members of the current object; see docs/explain.md. */
void sf_report_explain_fields(struct sf_json *json, const struct sf_explain_subject *subject,
                              const struct sf_explanation *explanation);

/* The first lines of a text: what is asked for; and the tables of where it fits and where not. */
void sf_report_explain_head(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out);

/* The whole explanation; see docs/explain.md. */
void sf_report_explain_json(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out);
void sf_report_explain_text(const struct sf_explain_subject *subject,
                            const struct sf_explanation *explanation, struct sf_str *out);

#endif
