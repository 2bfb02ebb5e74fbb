/* Tests of the base layer. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/json.h>
#include <slicefit/map.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(base, .timeout = 20);

Test(base, errors_are_values_that_wrap_and_never_overflow)
{
	struct sf_error err = {0};
	cr_assert(eq(int, sf_fail(&err, SF_EINVAL, "node %s: no such product", "a"), -1));
	sf_wrap(&err, "pool %d", 3);
	cr_expect(eq(str, err.text, "pool 3: node a: no such product"));
	cr_expect(eq(int, sf_code_exit(err.code), 2));
	cr_expect(eq(int, sf_code_http(SF_ELIMIT), 413));
	char longer[600];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	sf_fail(&err, SF_EIO, "%s", longer);
	cr_expect(eq(sz, strlen(err.text), sizeof(err.text) - 1));
	cr_expect(eq(str, err.text + sizeof(err.text) - 4, "..."));
	sf_wrap(&err, "%s", "place");
	cr_expect(eq(int, strncmp(err.text, "place: xxx", 10), 0));
	cr_expect(lt(sz, strlen(err.text), sizeof(err.text)));
	sf_fail(&err, SF_EINVAL, "%s", "a\nb\x1b[31m\x7f");
	sf_wrap(&err, "%s", "c\t\xc3\xa9");
	cr_expect(eq(str, err.text, "c?\xc3\xa9: a?b?[31m?"));
	cr_expect(eq(int, sf_fail(NULL, SF_EIO, "nobody listens"), -1));
}

Test(base, arena_zeroes_aligns_and_keeps_its_limit)
{
	struct sf_arena *arena = sf_arena_create(1 << 20);
	for (size_t i = 1; i < 300; i++) {
		unsigned char *p = sf_arena_alloc(arena, i);
		cr_assert(p != NULL);
		uintptr_t low = (uintptr_t)p & 15;
		cr_assert(low == 0, "size %zu", i);
		for (size_t k = 0; k < i; k++) {
			cr_assert(p[k] == 0);
		}
		memset(p, 0xff, i);
	}
	cr_expect(eq(str, sf_arena_printf(arena, "%s-%d", "pool", 7), "pool-7"));
	cr_expect(sf_arena_alloc(arena, 1 << 20) == NULL);
	cr_expect(sf_arena_array(arena, SIZE_MAX / 2, 4) == NULL);
	cr_expect(sf_arena_used(arena) <= 1 << 20);
	sf_arena_destroy(arena);
	sf_arena_destroy(NULL);
}

Test(base, map_finds_what_was_set_and_nothing_else)
{
	enum { N = 5000 };
	static char keys[N][16];
	struct sf_map map = {0};
	uint32_t value = 0;
	cr_expect(sf_map_get(&map, "x", &value) == false);
	for (uint32_t i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "node-%u", i);
		sf_map_set(&map, keys[i], i);
	}
	sf_map_set(&map, keys[7], 70007);
	cr_expect(eq(sz, map.count, N));
	for (uint32_t i = 0; i < N; i++) {
		cr_assert(sf_map_get(&map, keys[i], &value));
		cr_assert(value == (i == 7 ? 70007 : i));
	}
	cr_expect(sf_map_get(&map, "node-5000", &value) == false);
	cr_expect(sf_map_get_n(&map, "node-12345", 7, &value) && value == 12);
	sf_map_finish(&map);
}

Test(base, rng_repeats_and_has_the_right_moments)
{
	enum { N = 200000 };
	struct sf_rng a, b, c;
	sf_rng_seed(&a, 42, 0);
	sf_rng_seed(&b, 42, 0);
	sf_rng_seed(&c, 42, 1);
	cr_expect(sf_rng_next(&a) == sf_rng_next(&b));
	cr_expect(sf_rng_next(&a) != sf_rng_next(&c));
	double sum = 0, below = 0, log_sum = 0;
	for (int i = 0; i < N; i++) {
		double unit = sf_rng_unit(&a);
		cr_assert(unit >= 0 && unit < 1);
		sum += sf_rng_exponential(&a, 5);
		uint64_t k = sf_rng_below(&a, 7);
		cr_assert(k < 7);
		below += (double)k;
		log_sum += log(sf_rng_lognormal(&a, 3, 0.5));
	}
	cr_expect(epsilon_eq(dbl, sum / N, 5, 0.1));
	cr_expect(epsilon_eq(dbl, below / N, 3, 0.03));
	cr_expect(epsilon_eq(dbl, exp(log_sum / N), 3, 0.03));
}

Test(base, json_keeps_order_and_prints_short_reals)
{
	struct sf_json *json = sf_json_create_object();
	struct sf_str out = {0};
	sf_json_str(json, "schema", "x/1");
	sf_json_real(json, "pct", 0.1);
	sf_json_real(json, "bad", (double)NAN);
	sf_json_array(json, "list");
	sf_json_int(json, NULL, -3);
	sf_json_object(json, NULL);
	sf_json_bool(json, "yes", true);
	sf_json_end(json);
	sf_json_end(json);
	sf_json_null(json, "none");
	sf_json_write(json, false, &out);
	cr_expect(eq(str, out.text,
	             "{\"schema\":\"x/1\",\"pct\":0.1,\"bad\":null,\"list\":[-3,{\"yes\":true}],"
	             "\"none\":null}"));
	sf_str_finish(&out);
	sf_json_destroy(json);
}

Test(base, files_are_whole_or_not_there)
{
	char dir[] = "/tmp/sf-test-XXXXXX";
	cr_assert(mkdtemp(dir) != NULL);
	struct sf_error err = {0};
	struct sf_str path = {0}, text = {0}, link = {0};
	char byte[1];
	sf_str_printf(&path, "%s/f", dir);
	cr_assert(eq(int, sf_file_write(path.text, "hello", 5, &err), 0), "%s", err.text);
	cr_assert(eq(int, sf_file_read(path.text, 5, &text, &err), 0), "%s", err.text);
	cr_expect(eq(str, text.text, "hello"));
	cr_expect(eq(int, sf_file_read(path.text, 4, &text, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_ELIMIT));
	sf_str_printf(&link, "%s/link", dir);
	cr_assert(eq(int, symlink("f", link.text), 0));
	cr_assert(eq(int, sf_file_write(link.text, "there", 5, &err), 0), "%s", err.text);
	text.len = 0;
	cr_assert(eq(int, sf_file_read(path.text, 5, &text, &err), 0), "%s", err.text);
	cr_expect(eq(str, text.text, "there"));
	cr_expect(gt(int, (int)readlink(link.text, byte, 1), 0));
	unlink(link.text);
	cr_expect(eq(int, sf_file_mkdir(dir, &err), 0));
	cr_expect(eq(int, sf_file_mkdir(path.text, &err), -1));
	unlink(path.text);
	cr_expect(eq(int, sf_file_read(path.text, 4, &text, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_EINVAL));
	cr_expect(eq(int, sf_file_read(dir, 4, &text, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_EINVAL));
	rmdir(dir);
	cr_expect(eq(int, sf_file_read("", 4, &text, &err), -1));
	cr_expect(eq(str, err.text, "the name of a file to read is empty"));
	cr_expect(eq(int, sf_file_write("", "x", 1, &err), -1));
	cr_expect(eq(str, err.text, "the name of a file to write is empty"));
	text.len = 0;
	cr_expect(eq(int, sf_file_read("/dev/zero", (size_t)1 << 40, &text, &err), -1));
	cr_expect(eq(str, err.text, "/dev/zero: larger than the limit of 1 MiB of a device"));
	sf_str_finish(&path);
	sf_str_finish(&text);
	sf_str_finish(&link);
}
