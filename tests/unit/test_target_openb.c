/* test_target_openb: the typical pods of the public trace are those of its authors' simulator. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"

#include <slicefit/target.h>

#include <string.h>

/* typical_default.csv: rank,cpu_milli,num_gpu,gpu_milli,gpu_spec,count,prob */
static void expect_typical(const struct sf_target *target, char *line)
{
	const char *field[7];

	for (int i = 0; i < 7; i++) {
		field[i] = strsep(&line, ",");
		cr_assert(field[i] != NULL);
	}
	const size_t rank = strtoul(field[0], NULL, 10);
	const struct sf_target_class *class = &target->class[rank];

	cr_assert(rank < target->n);
	cr_expect(eq(i64, class->request.cpu_milli, strtol(field[1], NULL, 10)), "%zu", rank);
	cr_expect(eq(int, class->gpus, atoi(field[2])), "%zu", rank);
	cr_expect(eq(int, class->milli, atoi(field[3])), "%zu", rank);
	cr_expect(strcmp(class->spec, field[4]) == 0, "%zu", rank);
	cr_expect(eq(u64, class->count, strtoul(field[5], NULL, 10)), "%zu", rank);
	cr_expect(class->weight == strtod(field[6], NULL), "%zu: %.17g", rank, class->weight);
}

Test(target, typical_pods_of_the_public_trace)
{
	const char *folder = openb_folder();
	struct sf_study_pods list = {0};
	struct sf_target target = {0};
	struct sf_str text = {0};

	openb_pods(folder, "default", &list);
	for (uint32_t i = 0; i < list.n; i++) {
		const struct sf_study_pod *pod = &list.pod[i];
		const struct sf_request request = {
			.n = pod->gpus > 0,
			.want = {{SF_RES_GPU, pod->gpus}},
			.gpu_milli = pod->gpu_milli,
			.cpu_milli = pod->cpu_milli,
			.memory_mib = pod->memory_mib,
		};

		sf_target_add(&target, &request, 1, list.specs.text[pod->spec]);
	}
	sf_target_close(&target);
	cr_assert(eq(sz, target.n, 35));
	openb_read(folder, "typical_default.csv", &text);
	char *rest = text.text;
	char *line;
	int rows = 0;
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		expect_typical(&target, line);
		rows++;
	}
	cr_expect(eq(int, rows, 35));
	sf_str_finish(&text);
	sf_target_finish(&target);
	sf_study_pods_finish(&list);
}
