/* study_trace: the nodes and pods of a placement study. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study_trace.h>

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

static void finish_names(struct sf_study_names *names)
{
	free(names->text);
	sf_map_finish(&names->number);
}

void sf_study_nodes_finish(struct sf_study_nodes *nodes)
{
	sf_str_finish(&nodes->text);
	free(nodes->node);
	finish_names(&nodes->models);
	*nodes = (struct sf_study_nodes){0};
}

void sf_study_pods_finish(struct sf_study_pods *pods)
{
	sf_str_finish(&pods->name);
	sf_str_finish(&pods->text);
	free(pods->pod);
	finish_names(&pods->specs);
	*pods = (struct sf_study_pods){0};
}

int64_t sf_study_nodes_milli(const struct sf_study_nodes *nodes)
{
	int64_t milli = 0;
	for (uint32_t i = 0; i < nodes->n; i++) {
		milli += 1000 * (int64_t)nodes->node[i].gpus;
	}
	return milli;
}

int sf_study_names_add(struct sf_study_names *names, const char *text)
{
	uint32_t number;
	if (names->n == 0 && text[0] != '\0') {
		sf_study_names_add(names, "");
	}
	if (sf_map_get(&names->number, text, &number)) {
		return (int)number;
	}
	if (names->n == SF_STUDY_NAMES_MAX) {
		return -1;
	}
	names->text = sf_xgrow(names->text, &names->cap, names->n + 1U, sizeof(*names->text));
	names->text[names->n] = text;
	sf_map_set(&names->number, text, names->n);
	return names->n++;
}
