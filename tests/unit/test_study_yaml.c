/* Tests of study_yaml. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/study_yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(study_yaml, .timeout = 20);

Test(study_yaml, reads_what_docs_describe_with_paths_from_its_folder)
{
	static const char text[] = "name: two\n"
				   "study:\n"
				   "  trace: openb\n"
				   "  nodes: lists/nodes.csv\n"
				   "  pods: [a.csv, /b.csv]\n"
				   "  tune: 0.5\n"
				   "  seeds: [42..44, 7]\n"
				   "  policies: [fgd, bestfit]\n";
	struct sf_study_file file = {0};
	struct sf_error err = {0};
	cr_assert(sf_study_file_parse(text, strlen(text), "dir/s.yaml", &file, &err) == 0, "%s",
	          err.text);
	cr_expect(eq(str, (char *)file.title, "two"));
	cr_expect(eq(str, (char *)file.nodes, "dir/lists/nodes.csv"));
	cr_expect(eq(sz, file.n_pods, 2));
	cr_expect(eq(str, (char *)file.pods[0], "dir/a.csv"));
	cr_expect(eq(str, (char *)file.pods[1], "/b.csv"));
	cr_expect(file.has_tune && file.tune > 0.49 && file.tune < 0.51);
	cr_expect(eq(str, (char *)file.seeds, "42..44,7"));
	cr_expect(eq(str, (char *)file.policies, "fgd,bestfit"));
	sf_study_file_finish(&file);
}

Test(study_yaml, all_but_study_may_be_missing)
{
	static const char text[] = "study: {pods: p.csv, seeds: 42, policies: all}\n";
	struct sf_study_file file = {0};
	struct sf_error err = {0};
	cr_assert(sf_study_file_parse(text, strlen(text), "my.study.yaml", &file, &err) == 0, "%s",
	          err.text);
	cr_expect(eq(str, (char *)file.title, "my.study"));
	cr_expect(file.nodes == NULL && !file.has_tune);
	cr_expect(eq(str, (char *)file.pods[0], "p.csv"));
	cr_expect(eq(str, (char *)file.seeds, "42"));
	cr_expect(eq(str, (char *)file.policies, "all"));
	sf_study_file_finish(&file);
}

static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{"- study\n", "s.yaml:1:1: expected a mapping with the key study"},
	{"name: x\n", "s.yaml: no study: expected a mapping"},
	{"study: 5\n", "s.yaml: no study: expected a mapping"},
	{"study: {trace: philly}\n", "s.yaml:1:16: unknown trace, known: openb"},
	{"study: {pods: []}\n", "s.yaml:1:15: expected a list of 1 to 64 files"},
	{"study: {pods: ''}\n", "s.yaml:1:15: expected the path of a file"},
	{"study: {seeds: {a: 1}}\n", "s.yaml:1:16: expected a value or a list of values"},
	{"study: {policies: []}\n", "s.yaml:1:19: expected a value or a list of values"},
};

Test(study_yaml, wrong_input_is_named_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_study_file file = {0};
		struct sf_error err = {0};
		int rc = sf_study_file_parse(bad[i].text, strlen(bad[i].text), "s.yaml", &file,
		                             &err);
		cr_expect(eq(int, rc, -1), "row %zu", i);
		cr_expect(eq(str, err.text, (char *)bad[i].error));
		cr_expect(file.arena == NULL);
	}
	static const char key[] = "study: {polices: all}\n";
	struct sf_study_file file = {0};
	struct sf_error err = {0};
	cr_expect(sf_study_file_parse(key, strlen(key), "s.yaml", &file, &err) == -1);
	cr_expect(strstr(err.text, "s.yaml:1:9: unknown key 'polices'") == err.text, "%s",
	          err.text);
}

Test(study_yaml, a_study_file_is_known_by_its_first_words)
{
	cr_expect(sf_study_file_is(SF_SOURCE_DIR "/tests/data/study/study.yaml"));
	cr_expect(sf_study_file_is(SF_SOURCE_DIR "/scenarios/mixed-cluster.yaml") == false);
	cr_expect(sf_study_file_is("/nonexistent/file") == false);
	cr_expect(sf_study_file_is("-") == false);
	cr_expect(sf_study_file_is("/dev/stdin") == false);
}
