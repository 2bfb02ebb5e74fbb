/* fuzz_serve_config: any bytes are a configuration of serve, or one line says why not; what is read is
 * written so that it reads back as the same. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/serve_config.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const policies[] = {"best-fit", "binpack", "fgd", NULL};

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_written(const struct sf_serve_config *config)
{
	struct sf_error err = {0};
	struct sf_str first = {0}, second = {0};
	require(sf_serve_config_write(config, &first, &err) == 0);
	struct sf_serve_config *again =
		sf_serve_config_parse(first.text, first.len, "again", policies, &err);
	require(again != NULL && sf_serve_config_write(again, &second, &err) == 0);
	require(strcmp(first.text, second.text) == 0);
	sf_serve_config_release(again);
	sf_str_finish(&first);
	sf_str_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_error err = {0};
	struct sf_serve_config *config =
		sf_serve_config_parse((const char *)data, size, "fuzz", policies, &err);
	require(config != NULL || err.text[0] != '\0');
	if (config != NULL) {
		for (uint32_t i = 0; i < config->n_classes; i++) {
			require(config->class[i].rules.allow != 0);
		}
		check_written(config);
	}
	sf_serve_config_release(config);
	return 0;
}
