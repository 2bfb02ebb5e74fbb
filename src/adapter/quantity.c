/* quantity: Kubernetes resource quantities, by the rules of apimachinery's parser
 * (k8s.io/apimachinery pkg/api/resource: quantity.go, suffix.go). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/quantity.h>

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum {
	DIGITS_MAX = 20, /* significant digits kept: 10^20 * 2^60 fits into 128 bits */
	EXPONENT_MAX = 1000,
};

/* value = mantissa * 2^binary * 10^decimal, a little more when `inexact`. */
struct number {
	bool negative;
	wide mantissa;
	int digits;
	bool inexact;
	int binary;
	int decimal;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void add_digit(struct number *number, char c, bool fraction)
{
	if (number->digits == DIGITS_MAX) {
		number->inexact = number->inexact || c != '0';
		number->decimal += fraction ? 0 : 1;
		return;
	}
	unsigned digit = (unsigned)(c - '0');
	number->mantissa = number->mantissa * 10 + digit;
	number->digits += number->mantissa > 0;
	number->decimal -= fraction ? 1 : 0;
}

/* Sign and digits; returns the rest. As in the original, "+", "-" and "." alone are zero. */
static size_t read_number(const char *text, size_t len, struct number *out)
{
	size_t i = 0;
	if (len > 0 && (text[0] == '-' || text[0] == '+')) {
		out->negative = text[0] == '-';
		i++;
	}
	for (; i < len && is_digit(text[i]); i++) {
		add_digit(out, text[i], false);
	}
	if (i < len && text[i] == '.') {
		for (i++; i < len && is_digit(text[i]); i++) {
			add_digit(out, text[i], true);
		}
	}
	return i;
}

/* "e3", "E-6": an exponent needs at least one digit. */
static int read_exponent(const char *text, size_t len, struct number *out)
{
	size_t i = 1;
	bool negative = i < len && text[i] == '-';
	if (i < len && (text[i] == '-' || text[i] == '+')) {
		i++;
	}
	if (i == len) {
		return -1;
	}
	int exponent = 0;
	for (; i < len; i++) {
		if (!is_digit(text[i])) {
			return -1;
		}
		exponent = exponent < EXPONENT_MAX ? exponent * 10 + (text[i] - '0') : exponent;
	}
	out->decimal += negative ? -exponent : exponent;
	return 0;
}

static int read_suffix(const char *text, size_t len, struct number *out)
{
	static const struct {
		char name[3];
		int binary;
		int decimal;
	} suffixes[] = {
		{"", 0, 0},    {"n", 0, -9},  {"u", 0, -6},  {"m", 0, -3},
		{"k", 0, 3},   {"M", 0, 6},   {"G", 0, 9},   {"T", 0, 12},
		{"P", 0, 15},  {"E", 0, 18},  {"Ki", 10, 0}, {"Mi", 20, 0},
		{"Gi", 30, 0}, {"Ti", 40, 0}, {"Pi", 50, 0}, {"Ei", 60, 0},
	};
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (len == strlen(suffixes[i].name) && memcmp(text, suffixes[i].name, len) == 0) {
			out->binary = suffixes[i].binary;
			out->decimal += suffixes[i].decimal;
			return 0;
		}
	}
	return text[0] == 'e' || text[0] == 'E' ? read_exponent(text, len, out) : -1;
}

/* Rounded away from zero, as Quantity.ScaledValue does. */
static int evaluate(const struct number *number, int64_t *out)
{
	wide value = number->mantissa << number->binary;
	bool more = number->inexact;
	for (int i = 0; i < number->decimal && value > 0; i++) {
		if (value > (wide)INT64_MAX) {
			return -1;
		}
		value *= 10;
	}
	for (int i = number->decimal; i < 0 && value > 0; i++) {
		more = more || value % 10 != 0;
		value /= 10;
	}
	value += more ? 1 : 0;
	if (value > (wide)INT64_MAX) {
		return -1;
	}
	*out = number->negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int sf_quantity_parse(const char *text, size_t len, int scale, int64_t *out)
{
	struct number number = {0};
	if (len == 0) {
		return -1;
	}
	size_t used = read_number(text, len, &number);
	if (read_suffix(text + used, len - used, &number) != 0) {
		return -1;
	}
	number.decimal += scale;
	return evaluate(&number, out);
}
