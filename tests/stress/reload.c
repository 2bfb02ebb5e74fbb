/* reload: a configuration is replaced while others use it, for ThreadSanitizer. */
// SPDX-License-Identifier: Apache-2.0
#include <service/reload.h>

#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/log.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READERS = 4, SWAPS = 300 };

struct shared {
	struct sf_reload *reload;
	atomic_bool done;
	atomic_uint wrong;
};

/* Each version says the same in two places. */
static const char *const texts[] = {
	"selection: {narrow: 1}\nreservations: {expire: 10s}\n",
	"selection: {narrow: 2}\nreservations: {expire: 20s}\n",
	"selection: {narrow: 3}\nreservations: {expire: 30s}\n",
};

static void *read_on(void *ctx)
{
	struct shared *shared = ctx;
	while (!atomic_load(&shared->done)) {
		struct sf_serve_config *config = sf_reload_acquire(shared->reload);
		if (config->reservation_expire_us != (int64_t)config->narrow * 10000000 ||
		    sf_reload_status(shared->reload).outdated) {
			atomic_fetch_add(&shared->wrong, 1);
		}
		sf_serve_config_release(config);
	}
	return NULL;
}

static int swap_on(struct shared *shared, const char *path, struct sf_error *err)
{
	for (uint64_t i = 1; i <= SWAPS; i++) {
		const char *text = texts[i % 3];
		if (sf_file_write(path, text, strlen(text), err) != 0) {
			return -1;
		}
		sf_reload_look(shared->reload, true);
		if (sf_reload_status(shared->reload).applied != i) {
			return sf_fail(err, SF_EUNMET, "version %d was not taken", (int)i);
		}
	}
	return 0;
}

static int run(const char *path, struct sf_error *err)
{
	struct shared shared = {0};
	pthread_t reader[READERS];
	if (sf_file_write(path, texts[0], strlen(texts[0]), err) != 0) {
		return -1;
	}
	shared.reload = sf_reload_create(path, err);
	if (shared.reload == NULL) {
		return -1;
	}
	for (int i = 0; i < READERS; i++) {
		pthread_create(&reader[i], NULL, read_on, &shared);
	}
	int rc = swap_on(&shared, path, err);
	atomic_store(&shared.done, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(reader[i], NULL);
	}
	sf_reload_destroy(shared.reload);
	if (rc == 0 && atomic_load(&shared.wrong) > 0) {
		return sf_fail(err, SF_EUNMET, "%u readers saw half a configuration",
		               atomic_load(&shared.wrong));
	}
	return rc;
}

int main(void)
{
	char folder[] = "/tmp/slicefit-reload-XXXXXX";
	char path[64];
	struct sf_error err = {0};
	if (mkdtemp(folder) == NULL) {
		perror("mkdtemp");
		return 1;
	}
	sf_log_set_level(SF_LOG_ERROR);
	snprintf(path, sizeof(path), "%s/c.yaml", folder);
	int rc = run(path, &err);
	unlink(path);
	rmdir(folder);
	if (rc != 0) {
		fprintf(stderr, "%s\n", err.text);
	}
	return rc == 0 ? 0 : 1;
}
