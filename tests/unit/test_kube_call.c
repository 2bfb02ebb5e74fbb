/* test_kube_call: addresses of objects, answers that are none. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/str.h>

#include "kube/event.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct path {
	struct sf_kube_path path;
	const char *text; /* NULL: refused */
} paths[] = {
	{{"/api/v1", "pods", "ns", "p", "binding"}, "/api/v1/namespaces/ns/pods/p/binding"},
	{{"/api/v1", "pods", "ns", "a-1.b", NULL}, "/api/v1/namespaces/ns/pods/a-1.b"},
	{{"/apis/x/v1", "leases", "ns", NULL, NULL}, "/apis/x/v1/namespaces/ns/leases"},
	{{"/api/v1", "pods", "", "p", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "", NULL}, NULL},
	{{"/api/v1", "pods", "..", "p", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "..", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "a..b", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "a/b", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "a?b", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "a%2fb", NULL}, NULL},
	{{"/api/v1", "pods", "ns", "A", NULL}, NULL},
	{{"/api/v1", "pods", "n s", "p", NULL}, NULL},
	{{"/api/v1", "pods", "ns", A50 A50 A50 A50 A50 "aaaa", NULL}, NULL},
};

Test(kube_call, paths)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct sf_str text = {0};
		struct sf_error err = {0};
		int rc = sf_kube_path(&paths[i].path, &text, &err);
		cr_assert(eq(int, rc, paths[i].text != NULL ? 0 : -1), "row %zu", i);
		if (rc == 0) {
			cr_assert(eq(str, text.text, (char *)paths[i].text), "row %zu", i);
		} else {
			cr_assert(eq(int, (int)err.code, SF_EINVAL), "row %zu", i);
			cr_assert(zero(ptr, text.text), "row %zu", i);
		}
		sf_str_finish(&text);
	}
}

static const struct refusal {
	int status;
	const char *body;
	enum sf_code code;
	const char *text;
} refusals[] = {
	{403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\\n way\"}", SF_EIO,
         "the API server answers 403 Forbidden: no  way"},
	{404, "{\"reason\":\"NotFound\",\"message\":\"pods \\\"p\\\" not found\"}", SF_ENOENT,
         "the API server answers 404 NotFound: pods \"p\" not found"},
	{503, "{\"message\":\"soon\"}", SF_EIO, "the API server answers 503: soon"},
	{503, "{\"reason\":\"Busy\"}", SF_EIO, "the API server answers 503 Busy"},
	{502, "<html>\r\nno</html>", SF_EIO, "the API server answers 502: <html>  no</html>"},
	{500, "", SF_EIO, "the API server answers 500"},
	{500, "{\"message\":7}", SF_EIO, "the API server answers 500: {\"message\":7}"},
};

Test(kube_call, refusals)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *row = &refusals[i];
		struct sf_kube_reply reply = {.status = row->status};
		struct sf_error err = {0};
		sf_kube_status_read(row->body, strlen(row->body), &reply);
		cr_assert(eq(int, sf_kube_refused(&reply, &err), -1));
		cr_assert(eq(int, (int)err.code, (int)row->code), "row %zu", i);
		cr_assert(eq(str, err.text, (char *)row->text), "row %zu", i);
	}
}

/* A long message ends before a character that would be cut. */
Test(kube_call, long_messages)
{
	char body[600] = "";
	struct sf_kube_reply reply = {.status = 500};
	for (size_t i = 0; i < 100; i++) {
		memcpy(body + 2 * i, "\u00e9", 3);
	}
	for (size_t shift = 0; shift < 2; shift++) {
		sf_kube_status_read(body + 2 - 2 * shift, 198, &reply);
		size_t len = strlen(reply.problem);
		cr_assert(lt(sz, len, sizeof(reply.problem)));
		cr_assert(eq(sz, len, sizeof(reply.problem) - 2));
	}
}
