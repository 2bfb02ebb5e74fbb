/* solver: see solver.h. */
// SPDX-License-Identifier: Apache-2.0
#include "solver_impl.h"

#include "milp_wire.h"

#include <slicefit/alloc.h>
#include <slicefit/child.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MIB = 2048, GRACE_MS = 2000 };

/* After so many breakdowns nothing more is asked: each may take long, and the next is likely. */
enum { BREAKS_MAX = 5 };

struct sf_solver {
	struct sf_solver_options options;
	struct sf_child *child;
	uint64_t calls;
	uint32_t breaks;
	struct sf_error first; /* breakdown */
	char trouble[320];
};

/* In the child. */
static void answer(void *ctx, void *question, size_t size, void *block, size_t block_size)
{
	const struct sf_solver *solver = ctx;
	struct sf_milp_result result;
	struct milp_job job;
	struct sf_milp milp;
	uint64_t call;

	if (milp_unwire_job(question, size, &job, &milp, &call) ||
	    block_size != milp_wire_result_size(&milp)) {
		sf_child_give_up("a question of another size");
	}
	if (solver->options.before) {
		solver->options.before(solver->options.ctx, call);
	}
	milp_begin_result(&job, &result);
	if (job.dive) {
		milp_dive(&job, &result);
	} else {
		milp_branch(&job, &result);
	}
	milp_wire_result(&milp, &result, block);
	sf_milp_result_finish(&result);
}

void solver_note(const struct milp_job *job, const struct sf_milp_result *result)
{
	const size_t size = milp_wire_result_size(job->milp);
	void *block = sf_xcalloc(1, size);

	milp_wire_result(job->milp, result, block);
	sf_child_note(block, size);
	free(block);
}

struct sf_solver *sf_solver_create(const struct sf_solver_options *options)
{
	struct sf_solver *solver = sf_xcalloc(1, sizeof *solver);
	struct sf_child_options child = {.name = "solver", .answer = answer, .ctx = solver};

	if (options) {
		solver->options = *options;
	}
	if (!solver->options.memory_mib) {
		solver->options.memory_mib = MEMORY_MIB;
	}
	if (!solver->options.grace_ms) {
		solver->options.grace_ms = GRACE_MS;
	}
	child.memory = (size_t)solver->options.memory_mib << 20;
	solver->child = sf_child_create(&child);
	return solver;
}

void sf_solver_destroy(struct sf_solver *solver)
{
	if (solver) {
		sf_child_destroy(solver->child);
		free(solver);
	}
}

uint64_t sf_solver_calls(const struct sf_solver *solver)
{
	return solver->calls;
}

const char *sf_solver_trouble(const struct sf_solver *solver)
{
	return solver->breaks ? solver->trouble : NULL;
}

static void note_break(struct sf_solver *solver, const struct sf_error *err)
{
	if (solver->breaks++ == 0) {
		solver->first = *err;
		snprintf(solver->trouble, sizeof solver->trouble, "%s", err->text);
	} else {
		snprintf(solver->trouble, sizeof solver->trouble, "%s (the first of %u times%s)",
		         solver->first.text, (unsigned)solver->breaks,
		         solver->breaks == BREAKS_MAX ? "; it was not asked again" : "");
	}
}

/* Of a process that broke down later a solution is believed when it is one. */
static void take_note(const struct milp_job *job, const void *block, struct sf_milp_result *out)
{
	struct sf_milp_result note;

	milp_begin_result(job, &note);
	milp_unwire_result(job->milp, block, &note);
	if (note.status != SF_MILP_FEASIBLE || sf_milp_feasible(job->milp, note.x)) {
		sf_milp_result_finish(out);
		*out = note;
	} else {
		sf_milp_result_finish(&note);
	}
}

void solver_ask(struct sf_solver *solver, const struct milp_job *job, struct sf_milp_result *out)
{
	const uint64_t grace = (uint64_t)solver->options.grace_ms * 1000000;
	const uint64_t deadline = job->limits.deadline_ns;
	struct milp_job mine = *job;
	struct sf_child_question question = {.until_ns = deadline ? deadline + grace : 0};
	struct sf_error err = {0};
	bool noted;
	void *text;

	out->broken = true;
	if (solver->breaks == BREAKS_MAX) {
		return;
	}
	mine.memory_mib = solver->options.memory_mib;
	text = milp_wire_job(&mine, solver->calls++, &question.size);
	question.text = text;
	question.answer_size = milp_wire_result_size(job->milp);
	question.answer = sf_xcalloc(1, question.answer_size);
	if (!sf_child_ask(solver->child, &question, &noted, &err)) {
		milp_unwire_result(job->milp, question.answer, out);
	} else {
		if (noted) {
			take_note(job, question.answer, out);
		}
		out->broken = true;
		out->time_limited = err.code == SF_ELIMIT;
		note_break(solver, &err);
	}
	free(text);
	free(question.answer);
}
