/*
 * process: when the pods of one workload come.
 *
 * A rate that changes with the time of day is drawn by thinning (Lewis & Shedler, "Simulation of
 * nonhomogeneous Poisson processes by thinning", 1979): candidates come at the highest rate and
 * are kept with the share that the rate of their moment has of it. With weights for hours or days,
 * each hour has a highest rate of its own, so that no candidates are drawn for idle hours. Bursts
 * are a Neyman-Scott process, on and off periods an interrupted Poisson process.
 */
// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <assert.h>
#include <math.h>

#define TWO_PI 6.28318530717958647692

static const double hour_s = 3600;
static const double day_s = 86400;

static double mean_of(const double *weight, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++) {
		sum += weight[i];
	}
	return sum / n;
}

static double most_of(const double *weight, int n)
{
	double most = 0;
	for (int i = 0; i < n; i++) {
		most = fmax(most, weight[i]);
	}
	return most / mean_of(weight, n);
}

/* The rate of the day, of which the mean of all is 1. */
static double day_share(const struct sf_arrival_spec *spec, double at_s)
{
	return spec->day == NULL ? 1
	                         : spec->day[(int)fmod(floor(at_s / day_s), SF_DAYS)] /
	                                   mean_of(spec->day, SF_DAYS);
}

double sf_process_rate(const struct sf_arrival_spec *spec, double at_s)
{
	double clock_s = fmod(at_s, day_s);
	double rate = 1;
	if (spec->hour != NULL) {
		int hour = (int)fmin(clock_s / hour_s, SF_HOURS - 1);
		rate = spec->hour[hour] / mean_of(spec->hour, SF_HOURS);
	} else {
		rate += spec->swing * cos(TWO_PI * (clock_s - spec->peak_s) / day_s);
	}
	return rate * day_share(spec, at_s);
}

static double highest_rate(const struct sf_arrival_spec *spec)
{
	double most = spec->hour != NULL ? most_of(spec->hour, SF_HOURS) : 1 + spec->swing;
	return spec->day != NULL ? most * most_of(spec->day, SF_DAYS) : most;
}

void sf_process_init(struct sf_process *process, const struct sf_arrival_spec *spec, uint64_t seed,
                     uint64_t stream)
{
	*process = (struct sf_process){.spec = spec};
	sf_rng_seed(&process->rng, seed, stream);
	if (spec->kind == SF_ARRIVAL_DIURNAL) {
		process->most = highest_rate(spec);
		/* Where hours pass between two candidates, all of the week's have the same. */
		process->by_hours = (spec->hour != NULL || spec->day != NULL) &&
		                    spec->every_s < hour_s * process->most;
	} else if (spec->kind == SF_ARRIVAL_ON_OFF) {
		process->left = sf_rng_exponential(&process->rng, spec->on_s);
	}
}

/* The highest rate within the hour of this time. */
static double highest_in_hour(const struct sf_arrival_spec *spec, double at_s)
{
	return spec->hour != NULL ? sf_process_rate(spec, at_s)
	                          : (1 + spec->swing) * day_share(spec, at_s);
}

/* What comes after the hour is drawn anew from its end on: the process has no memory. */
static void next_by_hours(struct sf_process *process)
{
	const struct sf_arrival_spec *spec = process->spec;
	double at_s = spec->at_s + process->past_s;
	for (;;) {
		const double end_s = (floor(at_s / hour_s) + 1) * hour_s;
		const double most = highest_in_hour(spec, at_s);
		double gap_s = (double)INFINITY;
		if (most > 0) {
			gap_s = sf_rng_exponential(&process->rng, spec->every_s / most);
		}
		at_s = fmin(at_s + gap_s, end_s);
		if (at_s < end_s &&
		    sf_rng_unit(&process->rng) * most < sf_process_rate(spec, at_s)) {
			process->past_s = at_s - spec->at_s;
			return;
		}
	}
}

static void next_diurnal(struct sf_process *process)
{
	const struct sf_arrival_spec *spec = process->spec;
	double rate;
	do {
		process->past_s += sf_rng_exponential(&process->rng, spec->every_s / process->most);
		rate = sf_process_rate(spec, spec->at_s + process->past_s);
	} while (sf_rng_unit(&process->rng) * process->most >= rate);
}

static void next_in_burst(struct sf_process *process)
{
	const struct sf_arrival_spec *spec = process->spec;
	if (process->left >= 1) {
		process->past_s += sf_rng_exponential(&process->rng, spec->gap_s);
	} else {
		process->past_s = process->next_s;
		process->left = sf_rng_geometric(&process->rng, spec->size);
		process->next_s += sf_rng_exponential(&process->rng, spec->every_s);
	}
	process->left--;
}

/* The gap counts while the process is on; off periods are passed over. */
static void next_while_on(struct sf_process *process)
{
	const struct sf_arrival_spec *spec = process->spec;
	double gap_s = sf_rng_exponential(&process->rng, spec->every_s);
	while (gap_s > process->left) {
		gap_s -= process->left;
		process->past_s += process->left;
		process->past_s += sf_rng_exponential(&process->rng, spec->off_s);
		process->left = sf_rng_exponential(&process->rng, spec->on_s);
	}
	process->left -= gap_s;
	process->past_s += gap_s;
}

double sf_process_next(struct sf_process *process, uint32_t i)
{
	const struct sf_arrival_spec *spec = process->spec;
	switch (spec->kind) {
	case SF_ARRIVAL_AT:
		break;
	case SF_ARRIVAL_EVERY:
		process->past_s = (double)i * spec->every_s;
		break;
	case SF_ARRIVAL_POISSON:
		process->past_s += i == 0 ? 0 : sf_rng_exponential(&process->rng, spec->every_s);
		break;
	case SF_ARRIVAL_DIURNAL:
		if (process->by_hours) {
			next_by_hours(process);
		} else {
			next_diurnal(process);
		}
		break;
	case SF_ARRIVAL_BURSTS:
		next_in_burst(process);
		break;
	case SF_ARRIVAL_ON_OFF:
		next_while_on(process);
		break;
	case SF_ARRIVAL_TRACE:
		assert(false && "the pods of a trace have their own times");
		break;
	}
	return spec->at_s + process->past_s;
}
