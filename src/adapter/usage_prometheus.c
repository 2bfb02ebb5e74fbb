/*
 * usage_prometheus: measurements of pods out of what Prometheus answers to a range query
 * (prometheus.io/docs/prometheus/latest/querying/api, "Range queries"). Labels: NVIDIA/dcgm-exporter.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/usage_read.h>

#include <slicefit/error.h>
#include <slicefit/scan.h>

#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 256, VALUE_MAX = 64 };

/* The labels of a series that matter. Those of the target come with "exported_" in front when the
 * scrape has labels of its own of the same name (honor_labels: false). */
struct labels {
	char pod[LABEL_MAX], space[LABEL_MAX];
	char exported_pod[LABEL_MAX], exported_space[LABEL_MAX];
	char profile[LABEL_MAX];
};

static void read_labels(struct sf_scan *scan, struct labels *out)
{
	const struct {
		const char *name;
		char *to;
	} known[] = {
		{"pod", out->pod},
		{"namespace", out->space},
		{"exported_pod", out->exported_pod},
		{"exported_namespace", out->exported_space},
		{"GPU_I_PROFILE", out->profile},
	};
	struct sf_scan_text key, text;
	*out = (struct labels){{0}, {0}, {0}, {0}, {0}};
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (!sf_scan_string(scan, &text)) {
			return;
		}
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (sf_scan_is(&key, known[i].name, false)) {
				sf_scan_put(&text, known[i].to, LABEL_MAX);
			}
		}
	}
}

/* What the values of a series are for. */
struct target {
	struct sf_usage *usage;
	enum sf_usage_kind kind;
	int64_t pod; /* -1: nobody */
};

/* [time, "value"]. */
static int read_value(struct sf_scan *scan, const struct target *target, struct sf_error *err)
{
	const double percent = 100;
	struct sf_scan_text text = {0};
	char number[VALUE_MAX];
	bool found = false;
	for (sf_scan_enter(scan, '['); sf_scan_element(scan);) {
		if (sf_scan_peek(scan) == '"') {
			found = sf_scan_string(scan, &text);
		} else {
			sf_scan_skip(scan);
		}
	}
	if (!found || target->pod < 0) {
		return 0;
	}
	sf_scan_put(&text, number, sizeof(number));
	double value = strtod(number, NULL);
	return sf_usage_add(target->usage, target->pod, target->kind,
	                    target->kind == SF_USAGE_BUSY ? value / percent : value, err);
}

static int read_values(struct sf_scan *scan, const struct target *target, struct sf_error *err)
{
	int rc = 0;
	for (sf_scan_enter(scan, '['); rc == 0 && sf_scan_element(scan);) {
		rc = read_value(scan, target, err);
	}
	return rc;
}

/* Whose series it is. */
static int find_pod(const struct labels *labels, struct target *target, struct sf_error *err)
{
	bool exported = labels->exported_pod[0] != '\0';
	const char *pod = exported ? labels->exported_pod : labels->pod;
	const char *space =
		labels->exported_space[0] != '\0' ? labels->exported_space : labels->space;
	bool instance = labels->profile[0] != '\0';
	target->pod = -1;
	if (*pod == '\0' || (instance && target->kind == SF_USAGE_BUSY)) {
		return 0;
	}
	target->pod = sf_usage_pod(target->usage, space, pod, err);
	return target->pod < 0 ? -1 : 0;
}

/* {"metric": {...}, "values": [...]}, in any order. */
static int read_series(struct sf_scan *scan, struct target *target, struct sf_error *err)
{
	struct sf_scan values = {0};
	struct labels labels = {{0}, {0}, {0}, {0}, {0}};
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "metric", false) && sf_scan_peek(scan) == '{') {
			read_labels(scan, &labels);
			continue;
		}
		if (sf_scan_is(&key, "values", false)) {
			sf_scan_peek(scan);
			values = *scan;
		}
		sf_scan_skip(scan);
	}
	if (scan->fault != NULL || values.begin == NULL || find_pod(&labels, target, err) < 0) {
		return scan->fault != NULL || values.begin == NULL ? 0 : -1;
	}
	return target->pod >= 0 ? read_values(&values, target, err) : 0;
}

static int read_result(struct sf_scan *scan, struct target *target, bool *matrix,
                       struct sf_error *err)
{
	struct sf_scan_text key, text;
	int rc = 0;
	for (sf_scan_enter(scan, '{'); rc == 0 && sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "resultType", false) && sf_scan_peek(scan) == '"') {
			*matrix = sf_scan_string(scan, &text) && sf_scan_is(&text, "matrix", false);
		} else if (sf_scan_is(&key, "result", false) && sf_scan_peek(scan) == '[') {
			for (sf_scan_enter(scan, '['); rc == 0 && sf_scan_element(scan);) {
				rc = sf_scan_peek(scan) == '{' ? read_series(scan, target, err)
				                               : (sf_scan_skip(scan), 0);
			}
		} else {
			sf_scan_skip(scan);
		}
	}
	return rc;
}

int sf_usage_prometheus_read(const char *text, size_t len, enum sf_usage_kind kind,
                             struct sf_usage *usage, struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct target target = {.usage = usage, .kind = kind};
	struct sf_scan_text key, value;
	char problem[LABEL_MAX] = "";
	bool matrix = false;
	int rc = 0;
	for (sf_scan_enter(&scan, '{'); rc == 0 && sf_scan_member(&scan, &key);) {
		if (sf_scan_is(&key, "data", false) && sf_scan_peek(&scan) == '{') {
			rc = read_result(&scan, &target, &matrix, err);
		} else if (sf_scan_is(&key, "error", false) && sf_scan_peek(&scan) == '"') {
			sf_scan_string(&scan, &value);
			sf_scan_put(&value, problem, sizeof(problem));
		} else {
			sf_scan_skip(&scan);
		}
	}
	if (rc < 0) {
		return -1;
	}
	if (problem[0] != '\0') {
		return sf_fail(err, SF_EIO, "Prometheus: %.150s", problem);
	}
	if (!sf_scan_end(&scan)) {
		return sf_fail(err, SF_EINVAL, "answer of Prometheus: %s at byte %td", scan.fault,
		               scan.at - scan.begin);
	}
	return matrix ? 0
	              : sf_fail(err, SF_EINVAL,
	                        "answer of Prometheus: no matrix in it, is it "
	                        "that of /api/v1/query_range?");
}
