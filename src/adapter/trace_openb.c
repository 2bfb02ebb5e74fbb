/*
 * trace_openb: the pods of the public GPU-sharing trace with their real times.
 *
 * Alibaba cluster-trace-gpu-v2023, openb_pod_list_*.csv (also in
 * hkust-adsl/kubernetes-scheduler-simulator, data/csv). Times are seconds from its start. A pod
 * comes at creation_time and runs from scheduled_time to deletion_time; one that was never
 * scheduled has no known duration and is left out.
 */
// SPDX-License-Identifier: Apache-2.0
#include "trace_row.h"

#include <slicefit/catalog.h>
#include <slicefit/csv.h>
#include <slicefit/product.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum column {
	POD_NAME,
	POD_CPU,
	POD_MEMORY,
	POD_GPUS,
	POD_MILLI,
	POD_SPEC,
	POD_QOS,
	POD_CREATED,
	POD_DELETED,
	POD_SCHEDULED,
	POD_COLUMNS
};

static const struct sf_csv_column columns[] = {
	[POD_NAME] = {"name", true},
	[POD_CPU] = {"cpu_milli", true},
	[POD_MEMORY] = {"memory_mib", true},
	[POD_GPUS] = {"num_gpu", true},
	[POD_MILLI] = {"gpu_milli", true},
	[POD_SPEC] = {"gpu_spec", false},
	[POD_QOS] = {"qos", false},
	[POD_CREATED] = {"creation_time", true},
	[POD_DELETED] = {"deletion_time", true},
	[POD_SCHEDULED] = {"scheduled_time", true},
	[POD_COLUMNS] = {NULL, false},
};

/* Names of the trace for products of the catalog. G2 and G3 are not disclosed; Lettich et al. (CCGrid
 * 2025) take them for A10 and A100. A catalog that has the name itself comes first. */
static const char *const models[][2] = {
	{"P100", "P100-16GB"},
	{"V100M16", "V100-16GB"},
	{"V100M32", "V100-32GB"},
	{"A100", "A100-40GB"},
	{"G2", "A10"},
	{"G3", "A100-40GB"},
};

static const int64_t most = INT64_C(1000000000);

/* Texts of the fields that are not as in the file. */
struct texts {
	char arrival[24], duration[24], gpu[24], milli[24], cpu[24], memory[24];
	char product[512];
};

const char *sf_trace_openb_product(const struct sf_catalog *catalog, const char *model)
{
	const struct sf_product *product = sf_catalog_find(catalog, model);
	for (size_t i = 0; product == NULL && i < sizeof(models) / sizeof(models[0]); i++) {
		if (strcmp(models[i][0], model) == 0) {
			product = sf_catalog_find(catalog, models[i][1]);
		}
	}
	return product != NULL ? product->name : NULL;
}

/* "V100M16|V100M32" to the catalog's names, each once. */
static int read_spec(struct sf_trace_builder *builder, const struct sf_csv *csv, uint32_t field,
                     char *out, size_t cap)
{
	char *rest = csv->field[field].text;
	size_t len = 0;
	out[0] = '\0';
	while (rest != NULL && rest[0] != '\0') {
		const char *model = strsep(&rest, "|");
		const char *name = sf_trace_openb_product(builder->reader.catalog, model);
		if (name == NULL) {
			return sf_csv_fail(csv, field, builder->reader.err,
			                   "gpu_spec '%.40s': no product of the catalog; add it to "
			                   "one, or set any_product: true",
			                   model);
		}
		const char *found = strstr(out, name);
		size_t n = strlen(name);
		if (found != NULL && (found[n] == '\0' || found[n] == '|')) {
			continue;
		}
		if (len + n + 2 > cap) {
			return sf_csv_fail(csv, field, builder->reader.err, "gpu_spec: too long");
		}
		len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? "|" : "", name);
	}
	return 0;
}

/* The whole numbers of the row; a scheduled_time that is not there is -1. */
static int read_numbers(const struct sf_csv *csv, const int *place, int64_t *number,
                        struct sf_error *err)
{
	static const int wanted[] = {POD_CPU,   POD_MEMORY,  POD_GPUS,
	                             POD_MILLI, POD_CREATED, POD_DELETED};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (sf_csv_int(csv, (uint32_t)place[wanted[i]], 0, most, &number[wanted[i]], err) !=
		    0) {
			return -1;
		}
	}
	number[POD_SCHEDULED] = -1;
	return csv->field[place[POD_SCHEDULED]].len == 0
	               ? 0
	               : sf_csv_int(csv, (uint32_t)place[POD_SCHEDULED], 0, most,
	                            &number[POD_SCHEDULED], err);
}

static void set(struct sf_trace_row *row, enum sf_trace_column column,
                const struct sf_csv_field *from, const char *text)
{
	row->field[column].text = text;
	row->field[column].column = from->column;
}

static const char *print(char *out, int64_t value, const char *unit)
{
	snprintf(out, sizeof(((struct texts *)0)->arrival), "%" PRId64 "%s", value, unit);
	return out;
}

static int add(struct sf_trace_builder *builder, const struct sf_csv *csv, const int *place)
{
	int64_t number[POD_COLUMNS];
	struct texts texts;
	const struct sf_csv_field *field = csv->field;
	struct sf_trace_row row = {.line = field[0].line};
	if (read_numbers(csv, place, number, builder->reader.err) != 0) {
		return -1;
	}
	if (number[POD_SCHEDULED] < 0) {
		return 0;
	}
	int64_t ran_s = number[POD_DELETED] - number[POD_SCHEDULED];
	if (ran_s < 0) {
		return sf_csv_fail(csv, (uint32_t)place[POD_DELETED], builder->reader.err,
		                   "deletion_time is before scheduled_time");
	}
	set(&row, SF_COLUMN_ARRIVAL, &field[place[POD_CREATED]],
	    print(texts.arrival, number[POD_CREATED], ""));
	set(&row, SF_COLUMN_DURATION, &field[place[POD_DELETED]], print(texts.duration, ran_s, ""));
	set(&row, SF_COLUMN_CPU, &field[place[POD_CPU]], print(texts.cpu, number[POD_CPU], "m"));
	set(&row, SF_COLUMN_MEMORY, &field[place[POD_MEMORY]],
	    print(texts.memory, number[POD_MEMORY], "Mi"));
	if (place[POD_QOS] >= 0 && strcmp(field[place[POD_QOS]].text, "LS") == 0) {
		set(&row, SF_COLUMN_CLASS, &field[place[POD_QOS]], "inference");
	}
	if (number[POD_GPUS] > 0) {
		set(&row, SF_COLUMN_GPU, &field[place[POD_GPUS]],
		    print(texts.gpu, number[POD_GPUS], ""));
		if (number[POD_MILLI] < SF_FRACTION_REPLICAS) {
			set(&row, SF_COLUMN_GPU_MILLI, &field[place[POD_MILLI]],
			    print(texts.milli, number[POD_MILLI], ""));
		}
		if (place[POD_SPEC] >= 0 && !builder->spec.any_product) {
			if (read_spec(builder, csv, (uint32_t)place[POD_SPEC], texts.product,
			              sizeof(texts.product)) != 0) {
				return -1;
			}
			set(&row, SF_COLUMN_PRODUCT, &field[place[POD_SPEC]], texts.product);
		}
	}
	return sf_trace_add(builder, &row);
}

int sf_trace_read_openb(struct sf_trace_builder *builder, char *text, size_t len)
{
	struct sf_error *err = builder->reader.err;
	int place[POD_COLUMNS];
	struct sf_csv csv;
	sf_csv_init(&csv, builder->reader.file, text, len);
	int got = sf_csv_header(&csv, columns, false, place, err);
	while (got == 0 && (got = sf_csv_next(&csv, err)) > 0) {
		got = add(builder, &csv, place);
	}
	return got;
}
