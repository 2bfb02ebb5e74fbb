/* catalog_data: the built-in products as tables, in the compact form in which they read well. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_DATA_H
#define SF_CATALOG_DATA_H

#include <slicefit/product.h>

/* Boards with the same placements: everything but names, memory and multiprocessors. */
struct sf_family {
	uint8_t units;
	uint8_t compute_slices;
	uint8_t max_instances;
	uint8_t n_rows;
	int8_t engine_limit[SF_ENGINES]; /* -1: never binding */
	struct sf_family_row {
		int16_t id; /* -1 unknown */
		uint8_t size;
		uint8_t max;
		uint8_t n_starts;
		uint8_t start[8]; /* in the order in which the driver tries them */
	} row[SF_PROFILES_MAX];
};

struct sf_board {
	const char *name;
	const char *title;
	const char *arch;
	const char *const *labels;
	const char *const *device_ids;
	const char *source;
	int32_t memory_mib;                  /* -1 unknown */
	const struct sf_family *family;      /* NULL: no MIG */
	const int8_t (*engines)[SF_ENGINES]; /* one per row of the family; NULL: unknown */
	struct sf_board_row {
		const char *name;   /* gives compute slices and attribute, too */
		int32_t memory_mib; /* -1 unknown */
		int16_t sm;         /* -1 unknown */
	} row[SF_PROFILES_MAX];
};

/* NULL-terminated lists of strings, for the tables. */
// clang-format off
#define LIST(...) (const char *const[]){__VA_ARGS__, NULL}
#define NONE (const char *const[]){NULL}
// clang-format on

extern const struct sf_family sf_family_seven_slice;
extern const struct sf_family sf_family_a30;
extern const struct sf_family sf_family_rtx_pro_6000;
extern const struct sf_family sf_family_rtx_pro_5000;
extern const struct sf_family sf_family_rtx_pro_4500;
extern const struct sf_family sf_family_thor;
extern const struct sf_family sf_family_ga100_unlisted;

extern const int8_t sf_engines_ga100[][SF_ENGINES];
extern const int8_t sf_engines_a30[][SF_ENGINES];
extern const int8_t sf_engines_gh100[][SF_ENGINES];
extern const int8_t sf_engines_b200[][SF_ENGINES];
extern const int8_t sf_engines_gb200[][SF_ENGINES];
extern const int8_t sf_engines_rtx_pro_6000[][SF_ENGINES];
extern const int8_t sf_engines_rtx_pro_5000[][SF_ENGINES];
extern const int8_t sf_engines_rtx_pro_4500[][SF_ENGINES];
extern const int8_t sf_engines_thor[][SF_ENGINES];

extern const struct sf_board sf_boards_mig[];
extern const size_t sf_boards_mig_count;
extern const struct sf_board sf_boards_whole[];
extern const size_t sf_boards_whole_count;

#endif
