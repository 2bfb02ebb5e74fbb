/* sweep_build: the scenario of one point of a sweep. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep_yaml.h>

#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

/* All parameters, or only one of them. */
static struct sf_scenario *build(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                                 const struct sf_sweep_parameter *only,
                                 const struct sf_catalog *catalog, struct sf_error *err)
{
	const struct sf_sweep_scenario *from = &sweep->scenario[point->scenario];
	struct sf_setting setting[SF_SWEEP_PARAMETERS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < sweep->n_parameters; i++) {
		const struct sf_sweep_parameter *parameter = &sweep->parameter[i];
		if (parameter->factor == NULL && (only == NULL || only == parameter)) {
			setting[n++] = (struct sf_setting){
				.path = parameter->path,
				.value = parameter->value[point->value[i]].node,
			};
		}
	}
	return sf_scenario_parse_tree(from->root, from->path, setting, n, catalog, err);
}

/* Names the first parameter that is wrong alone, with its place; when each alone is right, all. */
static void blame(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                  const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_str all = {0};
	for (size_t i = 0; i < sweep->n_parameters; i++) {
		const struct sf_sweep_parameter *parameter = &sweep->parameter[i];
		const char *text = parameter->value[point->value[i]].text;
		struct sf_error alone = {0};
		struct sf_scenario *scenario = build(sweep, point, parameter, catalog, &alone);
		if (scenario == NULL) {
			*err = alone;
			sf_wrap(err, "%s:%u:%u: %s: %.40s", sweep->path, parameter->line,
			        parameter->column, parameter->path, text);
			sf_str_finish(&all);
			return;
		}
		sf_scenario_destroy(scenario);
		sf_str_printf(&all, "%s%s: %.40s", i > 0 ? ", " : "", parameter->path, text);
	}
	sf_wrap(err, "%s: %s", sweep->path, sf_str_get(&all));
	sf_str_finish(&all);
}

struct sf_scenario *sf_sweep_build(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                                   const struct sf_catalog *catalog, struct sf_error *err)
{
	static const struct sf_sweep_parameter none;
	struct sf_scenario *scenario = build(sweep, point, NULL, catalog, err);
	if (scenario == NULL) {
		struct sf_error plain = {0};
		struct sf_scenario *base = build(sweep, point, &none, catalog, &plain);
		if (base == NULL) {
			*err = plain;
			return NULL;
		}
		sf_scenario_destroy(base);
		blame(sweep, point, catalog, err);
		return NULL;
	}
	if (sf_sweep_scale(sweep, point, scenario, err) != 0) {
		sf_wrap(err, "%s: %s", sweep->path, sweep->scenario[point->scenario].path);
		sf_scenario_destroy(scenario);
		return NULL;
	}
	return scenario;
}
