/* arena: one bump allocator per request, replay or plan, with a byte limit. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>

#include <slicefit/alloc.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
/* One block per allocation, so that the sanitizer sees every edge. */
#define SF_ARENA_BLOCK 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SF_ARENA_BLOCK 0
#endif
#endif
#ifndef SF_ARENA_BLOCK
#define SF_ARENA_BLOCK (64 << 10)
#endif

enum { ALIGN = 16 };

struct block {
	struct block *next;
	size_t used;
	size_t cap;
	bool zeroed; /* all that was not handed out yet */
	_Alignas(ALIGN) unsigned char data[];
};

struct sf_arena {
	struct block *head;
	size_t used;
	size_t limit; /* 0: none */
};

struct sf_arena *sf_arena_create(size_t limit)
{
	struct sf_arena *arena = sf_xcalloc(1, sizeof(*arena));
	arena->limit = limit;
	return arena;
}

void sf_arena_destroy(struct sf_arena *arena)
{
	if (arena == NULL) {
		return;
	}
	struct block *block = arena->head;
	while (block != NULL) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
}

/* A block of its own for a large piece comes zeroed from the system; in a shared one only what is handed
 * out is zeroed, as most arenas need little of it. */
static struct block *add_block(struct sf_arena *arena, size_t need)
{
	bool own = need > SF_ARENA_BLOCK;
	size_t cap = own ? need : SF_ARENA_BLOCK;
	struct block *block = own ? calloc(1, sizeof(*block) + cap) : malloc(sizeof(*block) + cap);
	if (block == NULL) {
		return NULL;
	}
	*block = (struct block){.next = arena->head, .cap = cap, .zeroed = own};
	arena->head = block;
	return block;
}

/* Not zeroed unless the block is. */
static void *take(struct sf_arena *arena, size_t size, bool *zeroed)
{
	if (size > SIZE_MAX / 2) {
		return NULL;
	}
	/* The sanitizer's one-block mode keeps exact sizes; otherwise blocks are shared and
	 * aligned. */
	size_t need = SF_ARENA_BLOCK == 0 ? size : (size + ALIGN - 1) / ALIGN * ALIGN;
	if (arena->limit > 0 && need > arena->limit - arena->used) {
		return NULL;
	}
	struct block *block = arena->head;
	if (block == NULL || block->cap - block->used < need) {
		block = add_block(arena, need);
		if (block == NULL) {
			return NULL;
		}
	}
	void *p = block->data + block->used;
	block->used += need;
	arena->used += need;
	*zeroed = block->zeroed;
	return p;
}

void *sf_arena_alloc(struct sf_arena *arena, size_t size)
{
	bool zeroed;
	void *p = take(arena, size, &zeroed);
	return p == NULL || zeroed ? p : memset(p, 0, size);
}

void *sf_arena_array(struct sf_arena *arena, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes)) {
		return NULL;
	}
	return sf_arena_alloc(arena, bytes);
}

char *sf_arena_strndup(struct sf_arena *arena, const char *text, size_t len)
{
	bool zeroed;
	char *copy = take(arena, len + 1, &zeroed);
	if (copy != NULL) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

char *sf_arena_strdup(struct sf_arena *arena, const char *text)
{
	return sf_arena_strndup(arena, text, strlen(text));
}

char *sf_arena_printf(struct sf_arena *arena, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0) {
		return NULL;
	}
	char *text = sf_arena_alloc(arena, (size_t)n + 1);
	if (text != NULL) {
		va_start(args, fmt);
		vsnprintf(text, (size_t)n + 1, fmt, args);
		va_end(args);
	}
	return text;
}

size_t sf_arena_used(const struct sf_arena *arena)
{
	return arena->used;
}
