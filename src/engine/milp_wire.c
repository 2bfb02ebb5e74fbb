/* milp_wire: see milp_wire.h. */
// SPDX-License-Identifier: Apache-2.0
#include "milp_wire.h"

#include <slicefit/alloc.h>

#include <string.h>

/* Nothing in it is padding: all bytes that are sent are set. */
struct head {
	uint64_t call;
	struct sf_milp_limits limits;
	uint64_t n_cols, n_rows, n_entries, n_cost, n_start, n_whole;
	int32_t objective;
	uint32_t memory_mib;
	uint32_t maximise, dive;
};
_Static_assert(sizeof(struct head) == offsetof(struct head, dive) + sizeof(uint32_t) &&
                       sizeof(struct sf_milp_limits) ==
                               offsetof(struct sf_milp_limits, deep) + sizeof(bool),
               "no padding");

enum { COLS, ROWS, ENTRIES, COST, START, WHOLE, PARTS };

/* Bytes of each part; what follows the columns to be made whole needs no alignment. */
static void sizes_of(const struct head *head, size_t size[PARTS])
{
	size[COLS] = head->n_cols * sizeof(struct bounds);
	size[ROWS] = head->n_rows * sizeof(struct bounds);
	size[ENTRIES] = head->n_entries * sizeof(struct entry);
	size[COST] = head->n_cost * sizeof(double);
	size[START] = head->n_start * sizeof(double);
	size[WHOLE] = head->n_whole * sizeof(int);
}

static size_t sum_of(const size_t size[PARTS])
{
	size_t sum = sizeof(struct head);

	for (int i = 0; i < PARTS; i++) {
		sum += size[i];
	}
	return sum;
}

void *milp_wire_job(const struct milp_job *job, uint64_t call, size_t *size)
{
	const struct sf_milp *milp = job->milp;
	const void *part[PARTS] = {milp->col,  milp->row,  milp->entry,
	                           milp->cost, job->start, job->col};
	const struct head head = {
		.call = call,
		.limits = job->limits,
		.n_cols = milp->n_cols,
		.n_rows = milp->n_rows,
		.n_entries = milp->n_entries,
		.n_cost = milp->objective < 0 ? milp->n_cost : 0,
		.n_start = job->start ? milp->n_cols : 0,
		.n_whole = job->n,
		.objective = milp->objective,
		.memory_mib = job->memory_mib,
		.maximise = milp->maximise,
		.dive = job->dive,
	};
	size_t of[PARTS];
	char *block, *at;

	sizes_of(&head, of);
	*size = sum_of(of);
	block = sf_xcalloc(1, *size);
	memcpy(block, &head, sizeof head);
	at = block + sizeof head;
	for (int i = 0; i < PARTS; i++) {
		if (of[i]) {
			memcpy(at, part[i], of[i]);
			at += of[i];
		}
	}
	return block;
}

int milp_unwire_job(void *block, size_t size, struct milp_job *job, struct sf_milp *milp,
                    uint64_t *call)
{
	const struct head *head = block;
	void *part[PARTS];
	size_t of[PARTS], at = sizeof *head;

	if (size < sizeof *head) {
		return -1;
	}
	sizes_of(head, of);
	if (sum_of(of) != size) {
		return -1;
	}
	for (int i = 0; i < PARTS; i++) {
		part[i] = (char *)block + at;
		at += of[i];
	}
	*milp = (struct sf_milp){
		.n_cols = head->n_cols,
		.n_rows = head->n_rows,
		.n_entries = head->n_entries,
		.n_cost = head->n_cost,
		.objective = head->objective,
		.maximise = head->maximise,
		.col = part[COLS],
		.row = part[ROWS],
		.entry = part[ENTRIES],
		.cost = part[COST],
	};
	*job = (struct milp_job){
		.milp = milp,
		.limits = head->limits,
		.start = head->n_start ? part[START] : NULL,
		.dive = head->dive,
		.col = part[WHOLE],
		.n = head->n_whole,
		.memory_mib = head->memory_mib,
	};
	*call = head->call;
	return 0;
}

size_t milp_wire_result_size(const struct sf_milp *milp)
{
	return sizeof(struct sf_milp_result) + (milp->n_cols + milp->n_rows) * sizeof(double);
}

void milp_wire_result(const struct sf_milp *milp, const struct sf_milp_result *result, void *block)
{
	struct sf_milp_result *out = block;
	double *numbers = (double *)(out + 1);

	*out = *result;
	memcpy(numbers, result->x, milp->n_cols * sizeof *numbers);
	memcpy(numbers + milp->n_cols, result->dual, milp->n_rows * sizeof *numbers);
}

void milp_unwire_result(const struct sf_milp *milp, const void *block,
                        struct sf_milp_result *result)
{
	const struct sf_milp_result *from = block;
	const double *numbers = (const double *)(from + 1);
	double *x = result->x, *dual = result->dual;

	*result = *from;
	result->x = x;
	result->dual = dual;
	memcpy(x, numbers, milp->n_cols * sizeof *x);
	memcpy(dual, numbers + milp->n_cols, milp->n_rows * sizeof *dual);
}
