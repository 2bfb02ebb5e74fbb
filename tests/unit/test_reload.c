/* test_reload: a configuration follows its file, and survives what is wrong with it. */
// SPDX-License-Identifier: Apache-2.0
#include <service/reload.h>

#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/log.h>
#include <slicefit/service.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/slicefit-reload-XXXXXX";
static char path[64];

static void open_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/c.yaml", folder);
	sf_log_set_level(SF_LOG_ERROR);
}

static void close_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void write_config(const char *text)
{
	struct sf_error err = {0};
	cr_assert(eq(int, sf_file_write(path, text, strlen(text), &err), 0), "%s", err.text);
}

/* What is in force, by its policy. */
static void expect_policy(struct sf_reload *reload, const char *policy, const char *when)
{
	struct sf_serve_config *config = sf_reload_acquire(reload);
	cr_expect(eq(str, (char *)config->policy, (char *)policy), "%s", when);
	sf_serve_config_release(config);
}

static struct sf_reload *create(const char *text)
{
	struct sf_error err = {0};
	write_config(text);
	struct sf_reload *reload = sf_reload_create(path, &err);
	cr_assert(reload != NULL, "%s", err.text);
	return reload;
}

Test(reload, first_reading_must_succeed, .init = open_folder, .fini = close_folder)
{
	struct sf_error err = {0};
	char want[128];
	cr_expect(zero(ptr, sf_reload_create(path, &err)));
	cr_expect(strstr(err.text, path) != NULL, "%s", err.text);
	write_config("polici: fgd\n");
	cr_expect(zero(ptr, sf_reload_create(path, &err)));
	snprintf(want, sizeof(want), "%s:1:1: unknown key 'polici', did you mean 'policy'?", path);
	cr_expect(eq(str, err.text, want));
	cr_expect(zero(ptr, sf_service_load_config(path, &err)));
}

Test(reload, without_a_file)
{
	struct sf_reload *reload = sf_reload_create(NULL, NULL);
	cr_assert(not(zero(ptr, reload)));
	sf_reload_look(reload, true);
	cr_expect(not(sf_reload_status(reload).outdated));
	sf_reload_destroy(reload);
}

/* What is new is taken when two looks saw the same, or at once when asked for. */
Test(reload, takes_what_rests, .init = open_folder, .fini = close_folder)
{
	struct sf_reload *reload = create("policy: fgd\n");
	sf_reload_look(reload, false);
	cr_expect(eq(u64, sf_reload_status(reload).applied, 0));
	write_config("policy: binpack\n");
	sf_reload_look(reload, false);
	expect_policy(reload, "fgd", "written a moment ago");
	write_config("policy: binpack\nderive: false\n");
	sf_reload_look(reload, false);
	expect_policy(reload, "fgd", "still being written");
	sf_reload_look(reload, false);
	expect_policy(reload, "binpack", "rests");
	write_config("policy: best-fit\n");
	sf_reload_look(reload, true);
	expect_policy(reload, "best-fit", "asked");
	sf_reload_look(reload, true);
	cr_expect(eq(u64, sf_reload_status(reload).applied, 2));
	sf_reload_destroy(reload);
}

/* A wrong file, a missing one, and the way back. */
Test(reload, survives_what_is_wrong, .init = open_folder, .fini = close_folder)
{
	struct sf_reload *reload = create("policy: fgd\n");
	write_config("policy: fgb\n");
	for (int i = 0; i < 3; i++) {
		sf_reload_look(reload, true);
	}
	struct sf_reload_status status = sf_reload_status(reload);
	expect_policy(reload, "fgd", "wrong");
	cr_expect(status.outdated);
	cr_expect(eq(u64, status.refused, 1));
	cr_expect(strstr(status.text, ":1:9: unknown policy 'fgb'") != NULL, "%s", status.text);
	unlink(path);
	sf_reload_look(reload, true);
	sf_reload_look(reload, false);
	status = sf_reload_status(reload);
	expect_policy(reload, "fgd", "missing");
	cr_expect(status.outdated);
	cr_expect(eq(u64, status.refused, 2));
	write_config("policy: fgd\n");
	sf_reload_look(reload, true);
	status = sf_reload_status(reload);
	cr_expect(not(status.outdated));
	cr_expect(eq(str, status.text, ""));
	sf_reload_destroy(reload);
}

/* A ConfigMap's file is a link to a link to a folder; the middle one is replaced. */
Test(reload, follows_links, .init = open_folder, .fini = close_folder)
{
	static const char *const names[] = {"1.yaml", "2.yaml"};
	char target[2][64], fresh[64];
	struct sf_error err = {0};
	snprintf(fresh, sizeof(fresh), "%s/fresh", folder);
	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? "policy: fgd\n" : "policy: binpack\n";
		snprintf(target[i], sizeof(target[i]), "%s/%s", folder, names[i]);
		cr_assert(eq(int, sf_file_write(target[i], text, strlen(text), &err), 0));
	}
	cr_assert(eq(int, symlink(target[0], path), 0));
	struct sf_reload *reload = sf_reload_create(path, &err);
	cr_assert(reload != NULL, "%s", err.text);
	cr_assert(eq(int, symlink(target[1], fresh), 0));
	cr_assert(eq(int, rename(fresh, path), 0));
	sf_reload_look(reload, false);
	sf_reload_look(reload, false);
	expect_policy(reload, "binpack", "swapped");
	sf_reload_destroy(reload);
	unlink(target[0]);
	unlink(target[1]);
}

/* Who holds a configuration keeps it whatever happens to the file. */
Test(reload, requests_keep_what_they_began_with, .init = open_folder, .fini = close_folder)
{
	struct sf_reload *reload = create("policy: fgd\n");
	struct sf_serve_config *held = sf_reload_acquire(reload);
	write_config("policy: binpack\n");
	sf_reload_look(reload, true);
	sf_reload_destroy(reload);
	cr_expect(eq(str, (char *)held->policy, "fgd"));
	sf_serve_config_release(held);
}
