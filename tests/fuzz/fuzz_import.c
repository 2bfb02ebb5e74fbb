/* fuzz_import: whatever objects there are, the scenario that is made of them can be read again. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/import.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what could not be read, for whoever looks for the reason. */
static void read_again(const struct sf_import *import, const struct sf_catalog *catalog)
{
	struct sf_error err;
	struct sf_str text = {0};
	if (sf_scenario_write(import->scenario, true, &text, &err) != 0) {
		fprintf(stderr, "not written: %s\n", err.text);
		abort();
	}
	struct sf_scenario *again =
		sf_scenario_parse(sf_str_get(&text), text.len, "again", catalog, &err);
	if (again == NULL) {
		fprintf(stderr, "%s\n%s\n", err.text, sf_str_get(&text));
		abort();
	}
	sf_scenario_destroy(again);
	sf_str_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_manifests in;
	struct sf_import import = {0};
	struct sf_manifests_text text = {.file = "f", .text = (const char *)data, .len = size};
	struct sf_catalog *catalog = sf_catalog_create();
	sf_manifests_init(&in);
	/* What is repeated by aliases may be far more than the text. */
	if (sf_manifests_add(&in, &text, NULL) == 0 && in.nodes < 20000 &&
	    sf_import(&in, catalog, &(struct sf_import_options){0}, &import, NULL) == 0 &&
	    import.scenario->n_workloads > 0) {
		read_again(&import, catalog);
		sf_import_anonymize(import.scenario, "salt", NULL);
		read_again(&import, catalog);
	}
	sf_import_finish(&import);
	sf_manifests_finish(&in);
	sf_catalog_destroy(catalog);
	return 0;
}
