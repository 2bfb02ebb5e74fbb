/* workload: names of the workload classes. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/workload.h>

#include <strings.h>

static const char *const names[SF_CLASSES] = {
	[SF_CLASS_TRAINING] = "training",
	[SF_CLASS_INFERENCE] = "inference",
	[SF_CLASS_INTERACTIVE] = "interactive",
	[SF_CLASS_BATCH] = "batch",
};

const char *sf_class_name(enum sf_class class)
{
	return class < SF_CLASSES ? names[class] : "?";
}

int sf_class_parse(const char *name)
{
	for (int i = 0; i < SF_CLASSES; i++) {
		if (strcasecmp(name, names[i]) == 0) {
			return i;
		}
	}
	return strcasecmp(name, "notebook") == 0 ? SF_CLASS_INTERACTIVE : -1;
}
