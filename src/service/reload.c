/* reload: the configuration that holds, and its file, which may change at any time. */
// SPDX-License-Identifier: Apache-2.0
#include "reload.h"

#include "prom.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/hash.h>
#include <slicefit/log.h>
#include <slicefit/policy.h>
#include <slicefit/service.h>
#include <slicefit/str.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLICIES_MAX = 64 };

struct sf_reload {
	char *path;           /* NULL: no file to look at */
	pthread_mutex_t lock; /* of these two; never held while the file is read */
	struct sf_serve_config *now;
	struct sf_reload_status status;
	/* The looker's own: hashes of what the file held at the last look, and when it was tried. */
	uint64_t seen, tried;
};

static struct sf_serve_config *parse(const char *path, const struct sf_str *text,
                                     struct sf_error *err)
{
	const char *policies[POLICIES_MAX];
	size_t n = 0;
	while (sf_policies[n] != NULL && n < POLICIES_MAX - 1) {
		policies[n] = sf_policies[n]->name;
		n++;
	}
	policies[n] = NULL;
	return sf_serve_config_parse(sf_str_get(text), text->len, path, policies, err);
}

struct sf_serve_config *sf_service_load_config(const char *path, struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_serve_config *config = NULL;
	if (sf_file_read(path, SF_SERVE_BYTES_MAX, &text, err) == 0) {
		config = parse(path, &text, err);
	}
	sf_str_finish(&text);
	return config;
}

/* 0 is for no file. */
static uint64_t hash_of(const struct sf_str *text)
{
	return sf_hash(1, sf_str_get(text), text->len);
}

/* The first reading, which has to succeed. */
static int read_first(struct sf_reload *reload, struct sf_error *err)
{
	struct sf_str text = {0};
	if (sf_file_read(reload->path, SF_SERVE_BYTES_MAX, &text, err) == 0) {
		reload->now = parse(reload->path, &text, err);
		reload->tried = reload->seen = hash_of(&text);
	}
	sf_str_finish(&text);
	return reload->now != NULL ? 0 : -1;
}

struct sf_reload *sf_reload_create(const char *path, struct sf_error *err)
{
	struct sf_reload *reload = sf_xcalloc(1, sizeof(*reload));
	pthread_mutex_init(&reload->lock, NULL);
	if (path == NULL) {
		reload->now = sf_serve_config_create();
		return reload;
	}
	reload->path = sf_xstrdup(path);
	if (read_first(reload, err) != 0) {
		sf_reload_destroy(reload);
		return NULL;
	}
	if (strcmp(path, "-") == 0) {
		free(reload->path); /* standard input is read once */
		reload->path = NULL;
	}
	return reload;
}

void sf_reload_destroy(struct sf_reload *reload)
{
	if (reload == NULL) {
		return;
	}
	sf_serve_config_release(reload->now);
	pthread_mutex_destroy(&reload->lock);
	free(reload->path);
	free(reload);
}

/* The file cannot be used; said once, until it is wrong in another way. */
static void refuse(struct sf_reload *reload, const struct sf_error *err)
{
	pthread_mutex_lock(&reload->lock);
	bool known = reload->status.outdated && strcmp(reload->status.text, err->text) == 0;
	reload->status.outdated = true;
	reload->status.refused += known ? 0 : 1;
	snprintf(reload->status.text, sizeof(reload->status.text), "%s", err->text);
	pthread_mutex_unlock(&reload->lock);
	if (!known) {
		sf_log(SF_LOG_ERROR, "config-refused", "the old configuration stays: %s",
		       err->text);
	}
}

static void apply(struct sf_reload *reload, struct sf_serve_config *config)
{
	pthread_mutex_lock(&reload->lock);
	struct sf_serve_config *old = reload->now;
	reload->now = config;
	reload->status.applied++;
	reload->status.outdated = false;
	reload->status.text[0] = '\0';
	pthread_mutex_unlock(&reload->lock);
	sf_serve_config_release(old);
}

int sf_reload_take(struct sf_reload *reload, const char *text, const char *name,
                   struct sf_error *err)
{
	struct sf_str copy = {0};
	sf_str_append(&copy, text);
	struct sf_serve_config *config = parse(name, &copy, err);
	sf_str_finish(&copy);
	if (config != NULL) {
		apply(reload, config);
	}
	return config != NULL ? 0 : -1;
}

static void try_text(struct sf_reload *reload, const struct sf_str *text)
{
	struct sf_error err = {0};
	struct sf_serve_config *config = parse(reload->path, text, &err);
	if (config == NULL) {
		refuse(reload, &err);
		return;
	}
	apply(reload, config);
	sf_log(SF_LOG_INFO, "config-applied", "%s", reload->path);
}

void sf_reload_look(struct sf_reload *reload, bool force)
{
	struct sf_str text = {0};
	struct sf_error err = {0};
	if (reload->path == NULL) {
		return;
	}
	if (sf_file_read(reload->path, SF_SERVE_BYTES_MAX, &text, &err) != 0) {
		reload->tried = reload->seen = 0;
		refuse(reload, &err);
	} else {
		uint64_t hash = hash_of(&text);
		bool rests = hash == reload->seen;
		reload->seen = hash;
		if (hash != reload->tried && (rests || force)) {
			reload->tried = hash;
			try_text(reload, &text);
		}
	}
	sf_str_finish(&text);
}

struct sf_serve_config *sf_reload_acquire(struct sf_reload *reload)
{
	pthread_mutex_lock(&reload->lock);
	struct sf_serve_config *config = sf_serve_config_hold(reload->now);
	pthread_mutex_unlock(&reload->lock);
	return config;
}

struct sf_reload_status sf_reload_status(struct sf_reload *reload)
{
	pthread_mutex_lock(&reload->lock);
	struct sf_reload_status status = reload->status;
	pthread_mutex_unlock(&reload->lock);
	return status;
}

void sf_reload_write(struct sf_reload *reload, struct sf_str *out)
{
	static const struct sf_prom_family current = {
		"slicefit_config_last_reload_successful", SF_PROM_GAUGE,
		"0 while the file holds a configuration that cannot be used.", 0};
	static const struct sf_prom_family reloads = {
		"slicefit_config_reloads_total", SF_PROM_COUNTER,
		"New contents of the file, taken over or not.", 0};
	if (reload->path == NULL) {
		return;
	}
	struct sf_reload_status status = sf_reload_status(reload);
	sf_prom_head(&current, out);
	sf_prom_sample(&current, NULL, status.outdated ? 0 : 1, out);
	sf_prom_head(&reloads, out);
	sf_prom_sample(&reloads, &(struct sf_prom_labels){{{"result", "applied"}}},
	               (int64_t)status.applied, out);
	sf_prom_sample(&reloads, &(struct sf_prom_labels){{{"result", "refused"}}},
	               (int64_t)status.refused, out);
}
