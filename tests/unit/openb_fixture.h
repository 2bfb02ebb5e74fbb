/* openb_fixture: the folder of the public trace, for the tests that need it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_OPENB_FIXTURE_H
#define SF_OPENB_FIXTURE_H

#include <slicefit/csv.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/openb.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The folder named by SLICEFIT_OPENB; without it the test is skipped and says so. */
static inline const char *openb_folder(void)
{
	const char *folder = getenv("SLICEFIT_OPENB");
	if (!folder || folder[0] == '\0') {
		puts("skipped: SLICEFIT_OPENB does not name the folder of the openb trace");
		cr_skip_test();
	}
	return folder;
}

static inline void openb_read(const char *folder, const char *name, struct sf_str *out)
{
	struct sf_str path = {0};
	struct sf_error err = {0};
	sf_str_printf(&path, "%s/%s", folder, name);
	cr_assert(sf_file_read(path.text, 64 << 20, out, &err) == 0, "%s", err.text);
	sf_str_finish(&path);
}

static inline void openb_nodes(const char *folder, struct sf_study_nodes *out)
{
	struct sf_str path = {0};
	struct sf_error err = {0};
	sf_str_printf(&path, "%s/openb_node_list_gpu_node.csv", folder);
	cr_assert(sf_openb_load_nodes(path.text, out, &err) == 0, "%s", err.text);
	sf_str_finish(&path);
}

static inline void openb_pods(const char *folder, const char *trace, struct sf_study_pods *out)
{
	struct sf_str path = {0};
	struct sf_error err = {0};
	sf_str_printf(&path, "%s/openb_pod_list_%s.csv", folder, trace);
	cr_assert(sf_openb_load_pods(path.text, out, &err) == 0, "%s", err.text);
	sf_str_finish(&path);
}

#endif
