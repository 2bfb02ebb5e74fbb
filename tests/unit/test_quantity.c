/* Tests of Kubernetes quantities; rows after apimachinery's quantity_test.go. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/quantity.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <string.h>

TestSuite(quantity, .timeout = 20);

static const struct {
	const char *text;
	int scale;
	bool ok;
	int64_t value;
} rows[] = {
	{"0", 0, true, 0},
	{"2", 0, true, 2},
	{"0008", 0, true, 8},
	{"+2", 0, true, 2},
	{"-3", 0, true, -3},
	{"2e0", 0, true, 2},
	{"1k", 0, true, 1000},
	{"1.5Gi", 0, true, 1610612736},
	{"500m", 3, true, 500},
	{"500m", 0, true, 1},
	{"1", 3, true, 1000},
	{"0.1", 3, true, 100},
	{"100u", 3, true, 1},
	{"1n", 3, true, 1},
	{"-1n", 3, true, -1},
	{"12E", 0, false, 0},
	{"2E", 0, true, 2000000000000000000},
	{"7Ei", 0, true, 8070450532247928832},
	{"8Ei", 0, false, 0},
	{"9223372036854775807", 0, true, INT64_MAX},
	{"9223372036854775808", 0, false, 0},
	{"9223372036854775807", 3, false, 0},
	{"1e3", 0, true, 1000},
	{"1E3", 0, true, 1000},
	{"1e+3", 0, true, 1000},
	{"1e-3", 3, true, 1},
	{"1e-30", 0, true, 1},
	{"1e400", 0, false, 0},
	{"0e400", 0, true, 0},
	{"1e99999999999999999999", 0, false, 0},
	{"1.G", 0, true, 1000000000},
	{".5Gi", 0, true, 536870912},
	{"100Ki", 0, true, 102400},
	{"251.1Gi", 0, true, 269616572007},
	{"263546152Ki", 0, true, 269871259648},
	{"3.00000000000000000000000000000001", 0, true, 4},
	{"100000000000000000000", 0, false, 0},
	{"0.00000000000000000000000000000000000000000000001", 0, true, 1},
	{"00000000000000000000000000000000000000000000007", 0, true, 7},
	{"+", 0, true, 0},
	{".", 0, true, 0},
	{"", 0, false, 0},
	{" 1", 0, false, 0},
	{"1 ", 0, false, 0},
	{"1i", 0, false, 0},
	{"0.1mi", 0, false, 0},
	{"0.1am", 0, false, 0},
	{"1+1.0M", 0, false, 0},
	{"1.1.M", 0, false, 0},
	{"-3.01i", 0, false, 0},
	{"-3.01e-", 0, false, 0},
	{"1K", 0, false, 0},
	{"1GB", 0, false, 0},
	{"1e", 0, false, 0},
	{"aoeu", 0, false, 0},
	{"--1", 0, false, 0},
	{"0x10", 0, false, 0},
};

Test(quantity, reads_what_kubernetes_reads)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;
		int rc = sf_quantity_parse(rows[i].text, strlen(rows[i].text), rows[i].scale,
		                           &value);
		cr_expect(eq(int, rc, rows[i].ok ? 0 : -1), "'%s'", rows[i].text);
		if (rows[i].ok && rc == 0) {
			cr_expect(eq(i64, value, rows[i].value), "'%s'", rows[i].text);
		}
	}
}

Test(quantity, looks_no_further_than_its_length)
{
	int64_t value = 0;
	cr_assert(eq(int, sf_quantity_parse("12Gi", 2, 0, &value), 0));
	cr_expect(eq(i64, value, 12));
	cr_expect(eq(int, sf_quantity_parse("12Gi", 3, 0, &value), 0));
	cr_expect(eq(i64, value, 12000000000));
}
