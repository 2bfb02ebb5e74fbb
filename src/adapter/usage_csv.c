/* usage_csv: measurements of pods out of CSV. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/usage_read.h>

#include <slicefit/csv.h>
#include <slicefit/error.h>

#include <math.h>
#include <stdlib.h>

enum { POD, SPACE, BUSY, MIB, TIME, COLUMNS };

static const struct sf_csv_column columns[] = {
	[POD] = {"pod", true},
	[SPACE] = {"namespace", false},
	[BUSY] = {"gpu_util_pct", false},
	[MIB] = {"fb_used_mib", false},
	[TIME] = {"time", false},
	[COLUMNS] = {NULL, false},
};

/* An amount from 0 to `most`; NaN: the field is empty, or there is no such column. */
static int read_amount(const struct sf_csv *csv, int place, double most, double *out,
                       struct sf_error *err)
{
	*out = (double)NAN;
	if (place < 0 || csv->field[place].len == 0) {
		return 0;
	}
	char *end;
	double value = strtod(csv->field[place].text, &end);
	if (*end != '\0' || !(value >= 0) || value > most) {
		return sf_csv_fail(csv, (uint32_t)place, err, "%s '%.40s': expected 0 to %.0f",
		                   csv->column[place], csv->field[place].text, most);
	}
	*out = value;
	return 0;
}

static int read_row(const struct sf_csv *csv, const int *place, struct sf_usage *usage,
                    struct sf_error *err)
{
	enum { MIB_MAX = 1 << 24 };
	const double percent = 100;
	double busy, mib;
	const char *space = place[SPACE] >= 0 ? csv->field[place[SPACE]].text : "";
	if (csv->field[place[POD]].len == 0) {
		return sf_csv_fail(csv, (uint32_t)place[POD], err, "pod is empty");
	}
	if (read_amount(csv, place[BUSY], percent, &busy, err) < 0 ||
	    read_amount(csv, place[MIB], MIB_MAX, &mib, err) < 0) {
		return -1;
	}
	int64_t pod = sf_usage_pod(usage, space, csv->field[place[POD]].text, err);
	if (pod < 0 || sf_usage_add(usage, pod, SF_USAGE_BUSY, busy / percent, err) < 0 ||
	    sf_usage_add(usage, pod, SF_USAGE_MIB, mib, err) < 0) {
		return sf_wrap(err, "%s:%u", csv->name, csv->field[0].line);
	}
	return 0;
}

int sf_usage_csv_read(char *text, size_t len, const char *name, struct sf_usage *usage,
                      struct sf_error *err)
{
	struct sf_csv csv;
	int place[COLUMNS], rc;
	sf_csv_init(&csv, name, text, len);
	if (sf_csv_header(&csv, columns, true, place, err) < 0) {
		return -1;
	}
	while ((rc = sf_csv_next(&csv, err)) > 0) {
		if (read_row(&csv, place, usage, err) < 0) {
			return -1;
		}
	}
	return rc;
}
