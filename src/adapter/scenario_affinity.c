/* scenario_affinity: terms on labels and names of nodes, written as in manifests. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/nearest.h>

#include <string.h>

enum { ENTRIES_MAX = 1000, KEY_MAX = 317, VALUES_MAX = 10000 };

static int read_op(struct sf_reader *reader, const struct sf_yaml *node, enum sf_node_op *out)
{
	const char *text = NULL;
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	for (int op = 0; op < SF_NODE_OPS; op++) {
		if (strcmp(text, sf_node_op_names[op]) == 0) {
			*out = (enum sf_node_op)op;
			return 0;
		}
	}
	const char *near = sf_nearest_find(text, sf_node_op_names);
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "unknown operator '%.40s'%s%s%s (In, NotIn, Exists, DoesNotExist, Gt, "
	                    "Lt)",
	                    text, near ? ", did you mean '" : "", near ? near : "",
	                    near ? "'?" : "");
}

static int read_values(struct sf_reader *reader, const struct sf_yaml *list,
                       struct sf_node_expr *out)
{
	if (list == NULL || list->n == 0) {
		return 0;
	}
	const char **value = sf_reader_array(reader, list->n, sizeof(*value));
	if (value == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_yaml *node = list->child[i];
		int rc = out->key == NULL
		                 ? sf_reader_text(reader, node, SF_NODE_NAME_MAX, &value[i])
		                 : sf_reader_label_value(reader, node, &value[i]);
		if (rc != 0) {
			return -1;
		}
	}
	out->value = value;
	out->n = list->n;
	return 0;
}

/* How many values an operator takes, as the API server checks it. */
static int check_values(struct sf_reader *reader, const struct sf_yaml *node,
                        const struct sf_node_expr *expr)
{
	const char *op = sf_node_op_names[expr->op];
	int64_t number;
	const bool none = expr->op == SF_NODE_OP_EXISTS || expr->op == SF_NODE_OP_DOES_NOT_EXIST;
	const bool one = expr->op == SF_NODE_OP_GT || expr->op == SF_NODE_OP_LT;
	if (none && expr->n > 0) {
		return sf_yaml_fail(node, reader->file, reader->err, "%s takes no values", op);
	}
	if (!none && (one ? expr->n != 1 : expr->n == 0)) {
		return sf_yaml_fail(node, reader->file, reader->err, "%s takes %s", op,
		                    one ? "one value" : "values: [...]");
	}
	return one ? sf_reader_int(reader, sf_yaml_get(node, "values")->child[0], INT64_MIN,
	                           INT64_MAX, &number)
	           : 0;
}

static int read_key(struct sf_reader *reader, const struct sf_yaml *node, bool field,
                    struct sf_node_expr *out)
{
	const struct sf_yaml *key = sf_yaml_get(node, "key");
	if (key == NULL || sf_yaml_get(node, "operator") == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected {key: zone, operator: In, values: [a, b]}");
	}
	if (sf_reader_text(reader, key, KEY_MAX, &out->key) != 0 ||
	    read_op(reader, sf_yaml_get(node, "operator"), &out->op) != 0) {
		return -1;
	}
	if (!field) {
		return 0;
	}
	if (strcmp(out->key, "metadata.name") != 0) {
		return sf_yaml_fail(key, reader->file, reader->err,
		                    "metadata.name is the only field of a node");
	}
	if (out->op != SF_NODE_OP_IN && out->op != SF_NODE_OP_NOT_IN) {
		return sf_yaml_fail(sf_yaml_get(node, "operator"), reader->file, reader->err,
		                    "a field takes In or NotIn");
	}
	out->key = NULL;
	return 0;
}

static int read_expr(struct sf_reader *reader, const struct sf_yaml *node, bool field,
                     struct sf_node_expr *out)
{
	static const char *const known[] = {"key", "operator", "values", NULL};
	const struct sf_yaml *values = sf_yaml_get(node, "values");
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_key(reader, node, field, out) != 0 ||
	    sf_reader_some(reader, values, VALUES_MAX, "values") != 0 ||
	    read_values(reader, values, out) != 0) {
		return -1;
	}
	if (field && out->n != 1) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a field takes exactly one value");
	}
	return check_values(reader, node, out);
}

/* {matchExpressions: [...], matchFields: [...]}; both hold. */
static int read_term(struct sf_reader *reader, const struct sf_yaml *node, struct sf_node_term *out)
{
	static const char *const known[] = {"matchExpressions", "matchFields", NULL};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	const struct sf_yaml *list[] = {sf_yaml_get(node, known[0]), sf_yaml_get(node, known[1])};
	size_t n = 0;
	for (int k = 0; k < 2; k++) {
		if (sf_reader_some(reader, list[k], ENTRIES_MAX, "expressions") != 0) {
			return -1;
		}
		n += list[k] != NULL ? list[k]->n : 0;
	}
	struct sf_node_expr *expr = sf_reader_array(reader, n, sizeof(*expr));
	if (expr == NULL) {
		return -1;
	}
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; list[k] != NULL && i < list[k]->n; i++) {
			if (read_expr(reader, list[k]->child[i], k == 1, &expr[out->n]) != 0) {
				return -1;
			}
			out->n++;
		}
	}
	out->expr = expr;
	return 0;
}

/* {weight: 10, preference: TERM} */
static int read_preferred_term(struct sf_reader *reader, const struct sf_yaml *node,
                               struct sf_node_term *out)
{
	static const char *const known[] = {"weight", "preference", NULL};
	const struct sf_yaml *preference = sf_yaml_get(node, "preference");
	uint32_t weight = 1;
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "weight"), 1, 100, &weight) != 0) {
		return -1;
	}
	if (preference == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected {weight: 10, preference: {matchExpressions: [...]}}");
	}
	out->weight = (int32_t)weight;
	return read_term(reader, preference, out);
}

int sf_reader_terms(struct sf_reader *reader, const struct sf_yaml *list, bool preferred,
                    const struct sf_node_term **out, size_t *n)
{
	if (list == NULL) {
		return 0;
	}
	if (sf_reader_some(reader, list, ENTRIES_MAX, "terms") != 0) {
		return -1;
	}
	struct sf_node_term *term = sf_reader_array(reader, list->n, sizeof(*term));
	if (term == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		int rc = preferred ? read_preferred_term(reader, list->child[i], &term[i])
		                   : read_term(reader, list->child[i], &term[i]);
		if (rc != 0) {
			return -1;
		}
	}
	*out = term;
	*n = list->n;
	return 0;
}
