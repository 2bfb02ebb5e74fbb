/* catalog_data_family: placements and engines that boards have in common. */
// SPDX-License-Identifier: Apache-2.0
#include "catalog_data.h"

/*
 * 7 compute slices, 8 memory units: GA100, GH100 and the data-centre Blackwell boards. Rows 19, 20
 * (+me), 15 (one slice, double memory), 14, 9, 5, 0. The order of the starts is the one seen in
 * `-cgi` transcripts on A100 and H100 (drivers R470 to R580): the right half fills first, so that
 * 4g and 3g stay possible. It is a default, not a contract of the driver.
 */
const struct sf_family sf_family_seven_slice = {
	.units = 8,
	.compute_slices = 7,
	.max_instances = 7,
	.n_rows = 7,
	.engine_limit = {-1, -1, -1, -1, -1},
	.row =
		{
			{19, 1, 7, 7, {6, 4, 5, 0, 1, 2, 3}},
			{20, 1, 1, 7, {6, 4, 5, 0, 1, 2, 3}},
			{15, 2, 4, 4, {4, 0, 2, 6}},
			{14, 2, 3, 3, {4, 0, 2}},
			{9, 4, 2, 2, {4, 0}},
			{5, 4, 1, 1, {0}},
			{0, 8, 1, 1, {0}},
		},
};

/* 4 compute slices, 4 units. The GPU has one JPEG and one OFA engine, so one +me instance. */
const struct sf_family sf_family_a30 = {
	.units = 4,
	.compute_slices = 4,
	.max_instances = 4,
	.n_rows = 5,
	.engine_limit = {-1, -1, -1, 1, 1},
	.row =
		{
			{14, 1, 4, 4, {0, 1, 2, 3}},
			{21, 1, 1, 4, {0, 1, 2, 3}},
			{5, 2, 2, 2, {0, 2}},
			{6, 2, 1, 2, {0, 2}},
			{0, 4, 1, 1, {0}},
		},
};

/*
 * 4 compute slices, 12 units (3 per slice). Rows: 1g, +me, +gfx, +me.all, -me, 2g, +gfx, +me.all,
 * -me, 4g, +gfx. The media rows compete for the engines of the whole GPU; the limits are the
 * counters that NVIDIA's DRA driver publishes for it.
 */
const struct sf_family sf_family_rtx_pro_6000 = {
	.units = 12,
	.compute_slices = 4,
	.max_instances = 4,
	.n_rows = 11,
	.engine_limit = {-1, 4, 4, 4, 1},
	.row =
		{
			{14, 3, 4, 4, {0, 3, 6, 9}},
			{21, 3, 1, 4, {0, 3, 6, 9}},
			{47, 3, 4, 4, {0, 3, 6, 9}},
			{65, 3, 1, 4, {0, 3, 6, 9}},
			{67, 3, 4, 4, {0, 3, 6, 9}},
			{5, 6, 2, 2, {0, 6}},
			{35, 6, 2, 2, {0, 6}},
			{64, 6, 1, 2, {0, 6}},
			{66, 6, 2, 2, {0, 6}},
			{0, 12, 1, 1, {0}},
			{32, 12, 1, 1, {0}},
		},
};

/* Ids and placements are not published: the rows can be counted, not placed. */
const struct sf_family sf_family_rtx_pro_5000 = {
	.units = 0,
	.compute_slices = 2,
	.max_instances = 2,
	.n_rows = 7,
	.engine_limit = {-1, -1, -1, -1, -1},
	.row =
		{
			{-1, 0, 2, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 2, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 2, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
		},
};

/* Ids and placements are not published. */
const struct sf_family sf_family_rtx_pro_4500 = {
	.units = 0,
	.compute_slices = 2,
	.max_instances = 2,
	.n_rows = 6,
	.engine_limit = {-1, -1, -1, -1, -1},
	.row =
		{
			{-1, 0, 2, 0, {0}},
			{-1, 0, 2, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 2, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
		},
};

/* Ids and placements are not published; unified memory, so the names say 0 GB. */
const struct sf_family sf_family_thor = {
	.units = 0,
	.compute_slices = 3,
	.max_instances = 2,
	.n_rows = 7,
	.engine_limit = {-1, -1, -1, -1, -1},
	.row =
		{
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
			{-1, 0, 1, 0, {0}},
		},
};

/* MIG-capable, but no list of its profiles has been published. */
const struct sf_family sf_family_ga100_unlisted = {
	.units = 8,
	.compute_slices = 7,
	.max_instances = 7,
	.n_rows = 0,
	.engine_limit = {-1, -1, -1, -1, -1},
};

/* Engines per instance: copy, decode, encode, JPEG, optical flow; rows as in the family. */
const int8_t sf_engines_ga100[][SF_ENGINES] = {
	{1, 0, 0, 0, 0}, {1, 1, 0, 1, 1}, {1, 1, 0, 0, 0}, {2, 1, 0, 0, 0},
	{3, 2, 0, 0, 0}, {4, 2, 0, 0, 0}, {7, 5, 0, 1, 1},
};

const int8_t sf_engines_a30[][SF_ENGINES] = {
	{1, 0, 0, 0, 0}, {1, 1, 0, 1, 1}, {2, 2, 0, 0, 0}, {2, 2, 0, 1, 1}, {4, 4, 0, 1, 1},
};

const int8_t sf_engines_gh100[][SF_ENGINES] = {
	{1, 1, 0, 1, 0}, {1, 1, 0, 1, 1}, {1, 1, 0, 1, 0}, {2, 2, 0, 2, 0},
	{3, 3, 0, 3, 0}, {4, 4, 0, 4, 0}, {8, 7, 0, 7, 1},
};

const int8_t sf_engines_b200[][SF_ENGINES] = {
	{2, 1, 0, 1, 0}, {2, 1, 0, 1, 1}, {2, 1, 0, 1, 0},  {4, 2, 0, 2, 0},
	{6, 3, 0, 3, 0}, {8, 4, 0, 4, 0}, {16, 7, 0, 7, 1},
};

const int8_t sf_engines_gb200[][SF_ENGINES] = {
	{2, 1, 0, 1, 0},     {2, 1, 0, 1, 1},     {2, 1, 0, 1, 0},     {4, 2, 0, 2, 0},
	{-1, -1, 0, -1, -1}, {-1, -1, 0, -1, -1}, {-1, -1, 0, -1, -1},
};

const int8_t sf_engines_rtx_pro_6000[][SF_ENGINES] = {
	{1, 1, 1, 1, 0}, {1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}, {1, 4, 4, 4, 1},
	{1, 0, 0, 0, 0}, {2, 2, 2, 2, 0}, {2, 2, 2, 2, 0}, {2, 4, 4, 4, 1},
	{2, 0, 0, 0, 0}, {4, 4, 4, 4, 1}, {4, 4, 4, 4, 1},
};

const int8_t sf_engines_rtx_pro_5000[][SF_ENGINES] = {
	{1, 1, 1, 0, 0}, {1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {1, 3, 3, 1, 1},
	{1, 0, 0, 0, 0}, {4, 3, 3, 1, 1}, {4, 3, 3, 1, 1},
};

const int8_t sf_engines_rtx_pro_4500[][SF_ENGINES] = {
	{1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}, {1, 3, 3, 2, 1},
	{1, 0, 0, 0, 0}, {2, 3, 3, 2, 1}, {2, 3, 3, 2, 1},
};

const int8_t sf_engines_thor[][SF_ENGINES] = {
	{1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}, {1, 1, 1, 1, 0}, {1, 1, 1, 1, 0},
	{1, 1, 1, 1, 0}, {1, 2, 2, 2, 1}, {1, 2, 2, 2, 1},
};
