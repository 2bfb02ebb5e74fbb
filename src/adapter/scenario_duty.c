/* scenario_duty: how busy the pods of a workload keep their devices: a mean, or samples over time. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <math.h>

/* Samples of one workload are of the same times as those of the others. */
static int check_samples(struct sf_reader *reader, const struct sf_yaml *list,
                         const struct sf_workload *workload)
{
	if (list->n < 2 || list->n > SF_DUTY_SAMPLES_MAX) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected 2 to %d samples of gpu_duty, or their mean",
		                    SF_DUTY_SAMPLES_MAX);
	}
	if (workload->gpu_duty_sd > 0) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "samples of gpu_duty have a deviation of their own: leave "
		                    "gpu_duty_sd out");
	}
	if (reader->duty_samples != 0 && reader->duty_samples != list->n) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "%zu samples of gpu_duty, another workload has %zu: all are "
		                    "of the same times",
		                    list->n, reader->duty_samples);
	}
	reader->duty_samples = list->n;
	return 0;
}

static int read_samples(struct sf_reader *reader, const struct sf_yaml *list,
                        struct sf_workload *out)
{
	double sum = 0, value = 0;
	if (check_samples(reader, list, out) != 0) {
		return -1;
	}
	uint16_t *sample = sf_reader_array(reader, list->n, sizeof(*sample));
	for (size_t i = 0; sample != NULL && i < list->n; i++) {
		if (sf_reader_real(reader, list->child[i], 0, 1, &value) != 0) {
			return -1;
		}
		sample[i] = (uint16_t)ceil(value * 1000 - 1e-6);
		sum += value;
	}
	out->gpu_duty = sum / (double)list->n;
	out->duty_sample = sample;
	out->n_duty_samples = list->n;
	if (sample != NULL && out->gpu_duty < 0.001) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "the mean of gpu_duty is at least 0.001");
	}
	return sample != NULL ? 0 : -1;
}

int sf_reader_duty(struct sf_reader *reader, const struct sf_yaml *node, struct sf_workload *out)
{
	const struct sf_yaml *duty = sf_yaml_get(node, "gpu_duty");
	if (sf_reader_real(reader, sf_yaml_get(node, "gpu_duty_sd"), 0, 1, &out->gpu_duty_sd) !=
	    0) {
		return -1;
	}
	if (duty != NULL && duty->kind == SF_YAML_SEQUENCE) {
		return read_samples(reader, duty, out);
	}
	return duty == NULL
	               ? 0
	               : sf_yaml_real(duty, reader->file, 0.001, 1, &out->gpu_duty, reader->err);
}
