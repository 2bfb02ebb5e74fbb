/* nearest: the known word closest to a mistyped one (optimal string alignment distance). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/nearest.h>

#include <ctype.h>
#include <string.h>

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t sf_nearest_distance(const char *a, const char *b)
{
	size_t rows[3][SF_NEAREST_LEN_MAX + 1]; /* distances for i - 2, i - 1 and i bytes of `a` */
	size_t la = strnlen(a, SF_NEAREST_LEN_MAX);
	size_t lb = strnlen(b, SF_NEAREST_LEN_MAX);
	for (size_t j = 0; j <= lb; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i - 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t replace = last[j - 1] + !same(a[i - 1], b[j - 1]);
			now[j] = min(replace, min(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1])) {
				now[j] = min(now[j], rows[(i - 2) % 3][j - 2] + 1);
			}
		}
	}
	return rows[la % 3][lb];
}

bool sf_nearest_close(const char *a, const char *b)
{
	size_t la = strlen(a);
	size_t lb = strlen(b);
	size_t longer = la > lb ? la : lb;
	size_t distance = sf_nearest_distance(a, b);
	return distance < longer && distance <= 1 + longer / 3;
}

const char *sf_nearest_find(const char *word, const char *const *known)
{
	const char *best = NULL;
	for (; *known != NULL; known++) {
		if (sf_nearest_close(word, *known) &&
		    (best == NULL ||
		     sf_nearest_distance(word, *known) < sf_nearest_distance(word, best))) {
			best = *known;
		}
	}
	return best;
}
