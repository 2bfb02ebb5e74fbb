/* catalog_report: the catalog as text, CSV and Markdown. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog_report.h>

#include <slicefit/catalog.h>
#include <slicefit/mig.h>
#include <slicefit/slicebars.h>
#include <slicefit/str.h>

#include "catalog_text.h"

#include <stdlib.h>
#include <string.h>

uint32_t sf_catalog_report_usual(const struct sf_product *product)
{
	uint32_t mask = sf_mig_plain_mask(product);
	for (int p = 0; p < product->n_profiles; p++) {
		for (int k = 0; k < product->n_profiles; k++) {
			if (sf_profile_is_plain(&product->profile[k]) &&
			    product->profile[k].g == product->profile[p].g &&
			    product->profile[k].size < product->profile[p].size) {
				mask &= ~SF_PROFILE_BIT(p);
			}
		}
	}
	return mask;
}

void sf_catalog_placements(const struct sf_profile *profile, struct sf_str *out)
{
	unsigned starts = 0;
	for (int i = 0; i < profile->n_starts; i++) {
		starts |= 1u << profile->start[i];
	}
	const char *separator = "{";
	for (unsigned unit = 0; unit < SF_UNITS_MAX; unit++) {
		if ((starts >> unit & 1) != 0) {
			sf_str_printf(out, "%s%u", separator, unit);
			separator = ",";
		}
	}
	sf_str_printf(out, "}:%d", profile->size);
}

static void join(const char *const *list, const char *separator, struct sf_str *out)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		sf_str_append(out, i > 0 ? separator : "");
		sf_str_append(out, list[i]);
	}
}

/* A number, or what the format writes for an unknown one. */
static void number_cell(struct sf_table *table, int value, const char *unknown)
{
	if (value >= 0) {
		sf_table_cell(table, "%d", value);
	} else {
		sf_table_cell(table, "%s", unknown);
	}
}

static const char *unknown_of(enum sf_table_format format)
{
	return format == SF_TABLE_CSV ? "" : "?";
}

static const char *mig_of(const struct sf_product *product)
{
	if (!product->mig_capable) {
		return "no";
	}
	return product->placeable ? "yes" : "counts only";
}

void sf_catalog_report_list(const struct sf_catalog *catalog, enum sf_table_format format,
                            struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "Product", "product", SF_ALIGN_LEFT);
	sf_table_column(table, "GPU", "title", SF_ALIGN_LEFT);
	sf_table_column(table, "Architecture", "arch", SF_ALIGN_LEFT);
	sf_table_column(table, "Memory MiB", "memory_mib", SF_ALIGN_RIGHT);
	sf_table_column(table, "MIG", "mig", SF_ALIGN_LEFT);
	sf_table_column(table, "Profiles", "profiles", SF_ALIGN_RIGHT);
	if (format == SF_TABLE_CSV) {
		sf_table_column(table, "Labels", "labels", SF_ALIGN_LEFT);
		sf_table_column(table, "Source", "source", SF_ALIGN_LEFT);
	}
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		sf_table_cell(table, "%s", product->name);
		sf_table_cell(table, "%s", product->title);
		sf_table_cell(table, "%s", product->arch);
		number_cell(table, product->memory_mib, unknown_of(format));
		sf_table_cell(table, "%s", mig_of(product));
		sf_table_cell(table, "%d", product->n_profiles);
		if (format == SF_TABLE_CSV) {
			struct sf_str labels = {0};
			join(product->labels, " ", &labels);
			sf_table_cell(table, "%s", sf_str_get(&labels));
			sf_table_cell(table, "%s", product->source);
			sf_str_finish(&labels);
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void write_profiles(const struct sf_product *product, enum sf_table_format format,
                           struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "Profile", "profile", SF_ALIGN_LEFT);
	sf_table_column(table, "ID", "id", SF_ALIGN_RIGHT);
	sf_table_column(table, "Compute slices", "g", SF_ALIGN_RIGHT);
	sf_table_column(table, "Memory MiB", "memory_mib", SF_ALIGN_RIGHT);
	sf_table_column(table, "Max", "max", SF_ALIGN_RIGHT);
	sf_table_column(table, "SMs", "sm", SF_ALIGN_RIGHT);
	sf_table_column(table, "Placements", "placements", SF_ALIGN_LEFT);
	for (int p = 0; p < product->n_profiles; p++) {
		const struct sf_profile *row = &product->profile[p];
		struct sf_str placements = {0};
		if (row->n_starts > 0) {
			sf_catalog_placements(row, &placements);
		} else {
			sf_str_append(&placements, unknown_of(format));
		}
		sf_table_cell(table, "%s", row->name);
		number_cell(table, row->id, unknown_of(format));
		sf_table_cell(table, "%d", row->g);
		number_cell(table, row->memory_mib, unknown_of(format));
		sf_table_cell(table, "%d", row->max);
		number_cell(table, row->sm, unknown_of(format));
		sf_table_cell(table, "%s", sf_str_get(&placements));
		sf_str_finish(&placements);
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void write_names(const struct sf_product *product, uint32_t mask, struct sf_str *out)
{
	const char *separator = "";
	for (int p = 0; p < product->n_profiles; p++) {
		if ((mask & SF_PROFILE_BIT(p)) != 0) {
			sf_str_printf(out, "%s%s", separator, product->profile[p].name);
			separator = ", ";
		}
	}
}

static void write_layouts(const struct sf_product *product, uint32_t mask,
                          enum sf_table_format format, bool fancy, struct sf_str *out)
{
	const char *fence = format == SF_TABLE_MARKDOWN ? "```\n" : "";
	uint32_t left_out = sf_mig_all_mask(product) & ~mask;
	struct sf_mig_layout *layout = NULL;
	size_t n = sf_mig_maximal(product, mask, &layout);
	size_t unit = sf_slicebars_unit(product, mask);

	sf_str_printf(out, "\n%zu maximal layouts of ", n);
	write_names(product, mask, out);
	if (left_out != 0) {
		sf_str_append(out, "\n(--all adds ");
		write_names(product, left_out, out);
		sf_str_append(out, ")");
	}
	sf_str_printf(out, ":\n\n%s     ", fence);
	sf_slicebars_ruler(product, unit, out);
	sf_str_append(out, "\n");
	for (size_t i = 0; i < n; i++) {
		sf_str_printf(out, "%4zu ", i + 1);
		sf_slicebars_draw(product, &layout[i], unit, fancy, out);
		sf_str_append(out, "\n");
	}
	sf_str_append(out, fence);
	free(layout);
}

/* "Key             text", or "- Key: text" in Markdown. */
static void write_fact(const char *key, const char *text, enum sf_table_format format,
                       struct sf_str *out)
{
	if (format == SF_TABLE_MARKDOWN) {
		sf_str_printf(out, "- %s: %s\n", key, text);
	} else {
		sf_str_printf(out, "%-15s %s\n", key, text);
	}
}

/* A text of several parts: one per line, or with commas in Markdown. */
static void write_parts(const char *key, const char *const *part, enum sf_table_format format,
                        struct sf_str *out)
{
	if (format == SF_TABLE_MARKDOWN && part[0] != NULL) {
		struct sf_str joined = {0};
		join(part, ", ", &joined);
		write_fact(key, sf_str_get(&joined), format, out);
		sf_str_finish(&joined);
		return;
	}
	for (size_t i = 0; part[i] != NULL; i++) {
		write_fact(i == 0 ? key : "", part[i], format, out);
	}
}

static void write_mig(const struct sf_product *product, enum sf_table_format format,
                      struct sf_str *out)
{
	if (!product->mig_capable) {
		write_fact("MIG", "no", format, out);
		return;
	}
	struct sf_str text = {0};
	sf_str_printf(&text, "%d compute slices, at most %d instances", product->compute_slices,
	              product->max_instances);
	if (product->units > 0) {
		sf_str_printf(&text, ", %d memory units", product->units);
	}
	write_fact("MIG", sf_str_get(&text), format, out);
	sf_str_finish(&text);
	if (!product->placeable) {
		write_fact("Note", "ids or placements are not published: counted, not placed",
		           format, out);
	}
}

/* The sources are one text with "; " between them. */
static void write_sources(const char *source, enum sf_table_format format, struct sf_str *out)
{
	const char *key = "Sources";
	while (*source != '\0') {
		const char *end = strstr(source, "; ");
		size_t len = end != NULL ? (size_t)(end - source) : strlen(source);
		struct sf_str one = {0};
		sf_str_append_n(&one, source, len);
		write_fact(key, sf_str_get(&one), format, out);
		sf_str_finish(&one);
		key = format == SF_TABLE_MARKDOWN ? key : "";
		source += end != NULL ? len + 2 : len;
	}
}

static void write_facts(const struct sf_product *product, enum sf_table_format format,
                        struct sf_str *out)
{
	const char *heading = format == SF_TABLE_MARKDOWN ? "## " : "";
	sf_str_printf(out, "%s%s: %s\n\n", heading, product->name, product->title);
	struct sf_str memory = {0};
	if (product->memory_mib >= 0) {
		sf_str_printf(&memory, "%d MiB", product->memory_mib);
	} else {
		sf_str_append(&memory, "unknown");
	}
	write_fact("Architecture", product->arch, format, out);
	write_fact("Memory", sf_str_get(&memory), format, out);
	sf_str_finish(&memory);
	write_mig(product, format, out);
	write_parts("Labels", product->labels, format, out);
	write_parts("Device filters", product->device_ids, format, out);
	write_sources(product->source, format, out);
}

void sf_catalog_report_product(const struct sf_product *product, uint32_t mask,
                               enum sf_table_format format, bool fancy, struct sf_str *out)
{
	if (format == SF_TABLE_CSV) {
		write_profiles(product, format, out);
		return;
	}
	write_facts(product, format, out);
	if (product->n_profiles > 0) {
		sf_str_append(out, "\n");
		write_profiles(product, format, out);
	}
	if (product->placeable) {
		write_layouts(product, mask, format, fancy, out);
	}
}
