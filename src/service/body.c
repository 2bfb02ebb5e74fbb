/* body: a request's body while it is read, within the memory set aside for all of them. */
// SPDX-License-Identifier: Apache-2.0
#include "body.h"

#include <slicefit/alloc.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	FIRST = 64 << 10,
	LARGE = 32
	        << 20, /* from here on malloc maps anew each time (M_MMAP_THRESHOLD, mallopt(3)) */
};

/*
 * Memory of a large body. It is kept for the next one, for to take 15 000 empty pages from the kernel
 * costs more than to read the 60 MB that come into them. The kernel may have them back meanwhile.
 */
struct sf_body_block {
	char *text;
	size_t cap;
};

static void free_block(struct sf_body_block *block)
{
	if (block != NULL) {
		munmap(block->text, block->cap);
		free(block);
	}
}

/* The next power of two, so that the next body, which may be a little larger, finds room, too; what
 * is not written to takes no memory. NULL: there is none. */
static struct sf_body_block *map_block(size_t need)
{
	size_t cap = 2 * (size_t)LARGE;
	while (cap < need) {
		cap *= 2;
	}
	char *text = mmap(NULL, cap, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (text == MAP_FAILED) {
		return NULL;
	}
	struct sf_body_block *block = sf_xcalloc(1, sizeof(*block));
	*block = (struct sf_body_block){.text = text, .cap = cap};
	return block;
}

static struct sf_body_block *take_block(struct sf_body_budget *budget, size_t need)
{
	struct sf_body_block *block = atomic_exchange(&budget->spare, NULL);
	if (block != NULL && block->cap < need) {
		free_block(block);
		block = NULL;
	}
	return block != NULL ? block : map_block(need);
}

static void give_block(struct sf_body_budget *budget, struct sf_body_block *block)
{
	madvise(block->text, block->cap, MADV_FREE);
	free_block(atomic_exchange(&budget->spare, block));
}

/* Room for cap bytes; what is there stays. */
static bool make_room(struct sf_body *body, struct sf_body_budget *budget, size_t cap)
{
	if (body->text == NULL && cap > LARGE) {
		body->block = take_block(budget, cap);
		if (body->block == NULL) {
			return false;
		}
		body->text = body->block->text;
	}
	if (body->block != NULL) {
		return body->block->cap >= cap;
	}
	char *text = realloc(body->text, cap);
	body->text = text != NULL ? text : body->text;
	return text != NULL;
}

/* Room for `need` bytes. A body of known length gets its room at once, to the byte. */
static bool grow(struct sf_body *body, struct sf_body_budget *budget, size_t need)
{
	size_t cap = body->cap > 0 ? body->cap : FIRST;
	if (body->promised >= need - 1) {
		cap = body->promised + 1;
	}
	while (cap < need) {
		cap *= 2;
	}
	if (cap == body->cap) {
		return true;
	}
	size_t more = cap - body->cap;
	if (atomic_fetch_add(&budget->held, more) + more > budget->most ||
	    !make_room(body, budget, cap)) {
		atomic_fetch_sub(&budget->held, more);
		return false;
	}
	body->cap = cap;
	return true;
}

int sf_body_append(struct sf_body *body, struct sf_body_budget *budget, const char *data,
                   size_t size)
{
	if (size > body->limit - body->len) {
		return 413;
	}
	if (!grow(body, budget, body->len + size + 1)) {
		return 503;
	}
	memcpy(body->text + body->len, data, size);
	body->len += size;
	body->text[body->len] = '\0';
	return 0;
}

void sf_body_drop(struct sf_body *body, struct sf_body_budget *budget)
{
	atomic_fetch_sub(&budget->held, body->cap);
	if (body->block != NULL) {
		give_block(budget, body->block);
	} else {
		free(body->text);
	}
	body->block = NULL;
	body->text = NULL;
	body->len = 0;
	body->cap = 0;
}

void sf_body_budget_finish(struct sf_body_budget *budget)
{
	free_block(atomic_exchange(&budget->spare, NULL));
}
