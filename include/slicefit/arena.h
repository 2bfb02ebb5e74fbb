/* arena: one bump allocator per request, replay or plan, with a byte limit. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ARENA_H
#define SF_ARENA_H

#include <stddef.h>

struct sf_arena;

/* New arena that never holds more than `limit` bytes (0: no limit). Destroy with sf_arena_destroy.
 */
struct sf_arena *sf_arena_create(size_t limit);

/* Frees the arena and all blocks; NULL is fine. */
void sf_arena_destroy(struct sf_arena *arena);

/* Zeroed, 16-byte aligned block of n * size bytes that lives as long as the arena;
 * NULL when the limit is reached. */
void *sf_arena_array(struct sf_arena *arena, size_t n, size_t size);

/* Same for a single block. */
void *sf_arena_alloc(struct sf_arena *arena, size_t size);

/* NUL-terminated copies; NULL when the limit is reached. */
char *sf_arena_strdup(struct sf_arena *arena, const char *text);
char *sf_arena_strndup(struct sf_arena *arena, const char *text, size_t len);
char *sf_arena_printf(struct sf_arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Bytes handed out so far. */
size_t sf_arena_used(const struct sf_arena *arena);

#endif
