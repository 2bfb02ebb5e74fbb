/* test_serve_config: the configuration of serve: what is read, what is refused, what is written. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/serve_config.h>

#include <slicefit/error.h>
#include <slicefit/str.h>
#include <slicefit/workload.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const policies[] = {"best-fit", "binpack", "fgd", NULL};

static struct sf_serve_config *parse(const char *text, struct sf_error *err)
{
	return sf_serve_config_parse(text, strlen(text), "f", policies, err);
}

static struct sf_serve_config *parse_good(const char *text)
{
	struct sf_error err = {0};
	struct sf_serve_config *config = parse(text, &err);
	cr_assert(config != NULL, "%s: %s", text, err.text);
	return config;
}

/* A file and all of what is said about it. */
static const struct {
	const char *text;
	const char *error;
} errors[] = {
	{"polcy: fgd\n", "f:1:1: unknown key 'polcy', did you mean 'policy'?"},
	{"policy: fgd\npolicy: fgd\n", "f:2:1: key 'policy' is already given in line 1"},
	{"policy: [fgd]\n", "f:1:9: expected text, found a list"},
	{"policy: fdg\n", "f:1:9: unknown policy 'fdg', did you mean 'fgd'?"},
	{"policy: spread\n", "f:1:9: unknown policy 'spread' (known: best-fit, binpack, fgd)"},
	{"policy: ''\n", "f:1:9: expected 1 to 255 ASCII characters without blanks and quotes"},
	{"schema: slicefit.serve/2\n",
         "f:1:9: unknown schema, this version reads slicefit.serve/1"},
	{"schema: {}\n", "f:1:9: unknown schema, this version reads slicefit.serve/1"},
	{"- x\n", "f:1:1: expected 'key: value' lines, found a list"},
	{"derive: maybe\n", "f:1:9: expected true or false, found 'maybe'"},
	{"class_key: a b\n",
         "f:1:12: expected 1 to 317 ASCII characters without blanks and quotes"},
	{"classes: [training]\n",
         "f:1:10: expected classes with their rules: {training: {allow: [whole]}}"},
	{"classes:\n  training:\n    alow: whole\n",
         "f:3:5: unknown key 'alow', did you mean 'allow'?"},
	{"classes: {training: whole}\n", "f:1:21: expected 'key: value' lines, found 'whole'"},
	{"classes: {'a b': {}}\n",
         "f:1:11: expected 1 to 63 ASCII characters without blanks and quotes"},
	{"classes: {x: {allow: [whole, time-slice]}}\n",
         "f:1:30: unknown mode 'time-slice', did you mean 'time-slicing'?"},
	{"classes: {x: {allow: [shared]}}\n",
         "f:1:23: unknown mode 'shared' (known: whole, mig, mps, time-slicing)"},
	{"classes: {x: {allow: [mig, mig]}}\n", "f:1:28: mode 'mig' is listed twice"},
	{"classes: {x: {allow: []}}\n", "f:1:22: no mode is allowed: these pods could run nowhere"},
	{"classes: {x: {allow: {mig: 1}}}\n", "f:1:22: expected text, found a mapping"},
	{"classes: {x: {allow: mig, prefer: [mig, mps]}}\n",
         "f:1:35: prefers 'mps', which is not allowed"},
	{"classes: {training: {prefer: mps}}\n", "f:1:30: prefers 'mps', which is not allowed"},
	{"classes: {x: {policy: bin}}\n",
         "f:1:23: unknown policy 'bin' (known: best-fit, binpack, fgd)"},
	{"classes: {notebook: {}, interactive: {}}\n",
         "f:1:25: class 'interactive' is given twice, once by another name"},
	{"classes: {batch: {}, Batch: {}}\n",
         "f:1:22: class 'batch' is given twice, once by another name"},
	{"match: {class: batch}\n",
         "f:1:8: expected a list of at most 1024 matches: [{class: batch, labels: {tier: low}}]"},
	{"match:\n- {labels: {a: b}}\n", "f:2:3: class is missing: which one do these pods get?"},
	{"match:\n- {class: batch}\n",
         "f:2:3: nothing to match: give labels, annotations or owner"},
	{"match:\n- {class: bacth, owner: Job}\n",
         "f:2:11: unknown class 'bacth', did you mean 'batch'?"},
	{"match:\n- {class: batch, label: {a: b}}\n",
         "f:2:18: unknown key 'label', did you mean 'labels'?"},
	{"match:\n- {class: batch, labels: {}}\n", "f:2:26: expected 1 to 16 lines 'key: value'"},
	{"match:\n- {class: batch, annotations: [a]}\n",
         "f:2:31: expected 1 to 16 lines 'key: value'"},
	{"match:\n- {class: batch, labels: {a: [b]}}\n", "f:2:30: expected text, found a list"},
	{"match:\n- {class: batch, labels: {a: }}\n", "f:2:30: expected text, found nothing"},
	{"match:\n- {class: batch, owner: [Job]}\n", "f:2:25: expected text, found a list"},
	{"namespaces: [a]\n", "f:1:13: expected at most 10000 namespaces with their class or "
                              "rules: {team-a: {class: training}}"},
	{"namespaces: {a: {clas: batch}}\n", "f:1:18: unknown key 'clas', did you mean 'class'?"},
	{"namespaces: {a: {class: foo}}\n",
         "f:1:25: unknown class 'foo' (known: training, inference, interactive, batch, notebook)"},
	{"namespaces: {a: {}, a: {}}\n", "f:1:21: key 'a' is already given in line 1"},
	{"namespaces: {a: {allow: mps, prefer: mig}}\n",
         "f:1:38: prefers 'mig', which is not allowed"},
	{"selection: best\n", "f:1:12: unknown selection 'best' (known: score, decisive)"},
	{"selection: {}\n", "f:1:12: expected score, decisive or {narrow: K}"},
	{"selection: {narow: 1}\n", "f:1:13: unknown key 'narow', did you mean 'narrow'?"},
	{"selection: {narrow: 0}\n", "f:1:21: '0' is not in 1..1000"},
	{"selection: {narrow: '1'}\n", "f:1:21: expected a whole number, found the string '1'"},
	{"stale: 30s\n", "f:1:8: expected 'key: value' lines, found '30s'"},
	{"stale: {after: 10ms}\n", "f:1:16: '10ms' is not between 1s and 86400s"},
	{"stale: {answer: open}\n",
         "f:1:17: unknown answer 'open' (known: serve, fail-open, error)"},
	{"reservations: {expire: 2d}\n", "f:1:24: '2d' is not between 5s and 86400s"},
	{"reservations: {expires: 60s}\n", "f:1:16: unknown key 'expires', did you mean 'expire'?"},
	{"shadow: fgd\n", "f:1:9: expected 'key: value' lines, found 'fgd'"},
	{"shadow: {}\n", "f:1:9: expected {policy: NAME}, the policy to compare with"},
	{"shadow: {policy: none}\n",
         "f:1:18: unknown policy 'none' (known: best-fit, binpack, fgd)"},
};

Test(serve_config, errors_have_a_place)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sf_error err = {0};
		struct sf_serve_config *config = parse(errors[i].text, &err);
		cr_expect(zero(ptr, config), "%s", errors[i].text);
		cr_expect(eq(str, err.text, (char *)errors[i].error), "%s", errors[i].text);
		sf_serve_config_release(config);
	}
}

Test(serve_config, too_large)
{
	struct sf_error err = {0};
	size_t len = SF_SERVE_BYTES_MAX + 1;
	char *text = malloc(len);
	memset(text, '\n', len);
	cr_expect(zero(ptr, sf_serve_config_parse(text, len, "f", policies, &err)));
	cr_expect(eq(str, err.text, "f: larger than 1048576 bytes"));
	free(text);
}

static bool allows(const struct sf_class_rules *rules, enum sf_serving serving)
{
	return (rules->allow & SF_SERVING_BIT(serving)) != 0;
}

/* The rules that the guides agree on. */
Test(serve_config, without_a_file)
{
	struct sf_serve_config *config = sf_serve_config_create();
	const struct sf_class_rules *training = &config->class[SF_CLASS_TRAINING].rules;
	const struct sf_class_rules *inference = &config->class[SF_CLASS_INFERENCE].rules;
	const struct sf_class_rules *interactive = &config->class[SF_CLASS_INTERACTIVE].rules;
	cr_expect(eq(u32, config->n_classes, SF_CLASSES));
	for (uint32_t i = 0; i < config->n_classes; i++) {
		cr_expect(eq(str, (char *)config->class[i].name,
		             (char *)sf_class_name((enum sf_class)i)));
	}
	cr_expect(not(allows(training, SF_SERVING_TIME_SLICING)));
	cr_expect(not(allows(training, SF_SERVING_MPS)));
	cr_expect(eq(u8, training->prefer[0], SF_SERVING_WHOLE));
	cr_expect(not(allows(inference, SF_SERVING_TIME_SLICING)));
	cr_expect(eq(u8, inference->prefer[0], SF_SERVING_MIG));
	cr_expect(eq(uint, interactive->allow, SF_SERVING_ALL));
	cr_expect(eq(u8, interactive->prefer[0], SF_SERVING_TIME_SLICING));
	cr_expect(eq(int, config->selection, SF_SELECTION_SCORE));
	cr_expect(eq(int, config->stale_answer, SF_STALE_SERVE));
	cr_expect(zero(ptr, (void *)config->shadow));
	sf_serve_config_release(config);
}

Test(serve_config, everything)
{
	struct sf_serve_config *config =
		parse_good("schema: slicefit.serve/1\n"
	                   "policy: fgd\n"
	                   "class_key: example.com/kind\n"
	                   "derive: no\n"
	                   "classes:\n"
	                   "  notebook: {allow: [time-slicing, mps]}\n"
	                   "  training: {policy: binpack}\n"
	                   "  render: {prefer: mps}\n"
	                   "match:\n"
	                   "- {class: render, labels: {app: blender, tier: '*'}}\n"
	                   "- {class: batch, owner: Job, annotations: {a/b: c}}\n"
	                   "namespaces:\n"
	                   "  b: {class: notebook}\n"
	                   "  a: {policy: best-fit, allow: whole, prefer: []}\n"
	                   "selection: {narrow: 3}\n"
	                   "stale: {after: 1m30s, answer: error}\n"
	                   "reservations: {expire: 2m}\n"
	                   "shadow: {policy: best-fit}\n");
	const struct sf_class_rules *interactive = &config->class[SF_CLASS_INTERACTIVE].rules;
	const struct sf_class_rules *training = &config->class[SF_CLASS_TRAINING].rules;
	cr_expect(eq(str, (char *)config->policy, "fgd"));
	cr_expect(eq(str, (char *)config->class_key, "example.com/kind"));
	cr_expect(not(config->derive));
	/* What is not allowed any more is not preferred any more; what is not said stays. */
	cr_expect(eq(u8, interactive->n_prefer, 2));
	cr_expect(eq(u8, interactive->prefer[1], SF_SERVING_MPS));
	cr_expect(eq(str, (char *)training->policy, "binpack"));
	cr_expect(eq(u8, training->n_prefer, 2));
	cr_assert(eq(u32, config->n_classes, SF_CLASSES + 1));
	cr_expect(eq(uint, config->class[SF_CLASSES].rules.allow, SF_SERVING_ALL));
	cr_assert(eq(u32, config->n_matches, 2));
	cr_expect(eq(u32, config->match[0].class, SF_CLASSES));
	cr_expect(zero(ptr, (void *)config->match[0].label[1].value));
	cr_expect(eq(str, (char *)config->match[1].owner, "Job"));
	cr_expect(eq(str, (char *)config->match[1].annotation[0].value, "c"));
	const struct sf_serve_namespace *a = sf_serve_namespace_find(config, "a");
	const struct sf_serve_namespace *b = sf_serve_namespace_find(config, "b");
	cr_assert(not(zero(ptr, (void *)a)));
	cr_assert(not(zero(ptr, (void *)b)));
	cr_expect(zero(ptr, (void *)sf_serve_namespace_find(config, "c")));
	cr_expect(eq(u32, a->class, SF_SERVE_CLASS_NONE));
	cr_expect(a->rules.says_prefer);
	cr_expect(eq(u32, b->class, SF_CLASS_INTERACTIVE));
	cr_expect(eq(int, config->selection, SF_SELECTION_NARROW));
	cr_expect(eq(u32, config->narrow, 3));
	cr_expect(eq(i64, config->stale_after_us, 90000000));
	cr_expect(eq(int, config->stale_answer, SF_STALE_ERROR));
	cr_expect(eq(i64, config->reservation_expire_us, 120000000));
	cr_expect(eq(str, (char *)config->shadow, "best-fit"));
	sf_serve_config_release(config);
}

/* What is written reads back as the same, defaults, odd names and all. */
Test(serve_config, write_and_read)
{
	static const char *const texts[] = {
		"{}\n",
		"policy: binpack\nselection: decisive\nstale: {after: 1500ms}\n",
		"classes: {'yes': {allow: mps, prefer: mps}, '12': {}}\n"
		"match: [{class: 'yes', labels: {'null': 'true', 'a': '*'}, owner: '~'}]\n"
		"namespaces: {'1e3': {class: '12', prefer: []}, z: {}, y: {allow: [mig, whole]}}\n"
		"shadow: {policy: fgd}\nselection: {narrow: 7}\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sf_error err = {0};
		struct sf_str first = {0}, second = {0};
		struct sf_serve_config *config = parse_good(texts[i]);
		cr_assert(eq(int, sf_serve_config_write(config, &first, &err), 0), "%s", err.text);
		struct sf_serve_config *again = parse_good(sf_str_get(&first));
		cr_assert(eq(int, sf_serve_config_write(again, &second, &err), 0), "%s", err.text);
		cr_expect(eq(str, first.text, second.text));
		cr_expect(eq(u32, again->n_classes, config->n_classes));
		cr_expect(eq(u32, again->n_namespaces, config->n_namespaces));
		cr_expect(eq(i64, again->stale_after_us, config->stale_after_us));
		sf_serve_config_release(config);
		sf_serve_config_release(again);
		sf_str_finish(&first);
		sf_str_finish(&second);
	}
}
