/* body: a request's body while it is read, within the memory set aside for all of them. */
// SPDX-License-Identifier: Apache-2.0
#include "body.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 64 << 10 };

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
	if (atomic_fetch_add(&budget->held, more) + more > budget->most) {
		atomic_fetch_sub(&budget->held, more);
		return false;
	}
	char *text = realloc(body->text, cap);
	if (text == NULL) {
		atomic_fetch_sub(&budget->held, more);
		return false;
	}
	body->text = text;
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
	free(body->text);
	body->text = NULL;
	body->len = 0;
	body->cap = 0;
}
