/* fuzz_lint: any bytes are a file of any kind: findings are in it, in order, and say something. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/lint.h>
#include <slicefit/report_lint.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_findings(const struct sf_lint *lint, size_t lines)
{
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		const struct sf_lint_finding *finding = sf_lint_at(lint, i);
		require(finding->line > 0 && finding->line <= lines && finding->column > 0);
		require(finding->message[0] != '\0' && strchr(finding->message, '\n') == NULL);
		require(strchr(finding->mend, '\n') == NULL);
		if (i > 0) {
			const struct sf_lint_finding *before = sf_lint_at(lint, i - 1);
			require(before->line <= finding->line);
		}
	}
}

/* The first byte chooses the kind of file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a.yaml", "a.md", "a.rst", "a.sh", "a"};
	if (size == 0) {
		return 0;
	}
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_lint *lint = sf_lint_create(catalog);
	struct sf_str out = {0};
	const char *text = (const char *)data + 1;
	const char *name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
	size_t lines = 1;
	for (size_t i = 0; i + 1 < size; i++) {
		lines += text[i] == '\n';
	}
	require(sf_lint_add(lint, name, text, size - 1, NULL) == 0);
	sf_lint_run(lint);
	check_findings(lint, lines);
	sf_lint_report_text(lint, false, &out);
	sf_lint_report_json(lint, &out);
	sf_lint_report_sarif(lint, "0", &out);
	sf_lint_report_github(lint, &out);
	require(out.len > 0);
	sf_str_finish(&out);
	sf_lint_destroy(lint);
	sf_catalog_destroy(catalog);
	return 0;
}
