/* Tests of report_text: durations and numbers as people read them. */
// SPDX-License-Identifier: Apache-2.0
#include "report/report_text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(report_text, .timeout = 20);

static const struct {
	double s;
	const char *text;
} durations[] = {
	{0, "0 s"},       {0.04, "0.0 s"},  {2.54, "2.5 s"},   {10, "10 s"},
	{59.4, "59 s"},   {59.6, "1m00s"},  {750, "12m30s"},   {3600, "1h00m"},
	{11100, "3h05m"}, {86400, "1d00h"}, {187200, "2d04h"},
};

Test(report_text, durations)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		char text[SF_DURATION_MAX];
		sf_report_duration(durations[i].s, text);
		cr_expect(eq(str, text, (char *)durations[i].text));
	}
}

static const struct {
	double value;
	int decimals;
	const char *text;
} numbers[] = {
	{0, 4, "0"},         {100, 4, "100"},
	{0.5, 4, "0.5"},     {1.12, 4, "1.12"},
	{2.00004, 4, "2"},   {2.00004, 6, "2.00004"},
	{-3.25, 4, "-3.25"}, {1e14, 4, "100000000000000"},
	{1e31, 4, "1e+31"},  {-1e300, 6, "-1e+300"},
};

Test(report_text, numbers_without_idle_zeros)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char text[SF_DURATION_MAX];
		sf_report_decimals(numbers[i].value, numbers[i].decimals, text);
		cr_expect(eq(str, text, (char *)numbers[i].text));
	}
}
