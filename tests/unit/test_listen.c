/* test_listen: addresses as people write them. */
// SPDX-License-Identifier: Apache-2.0
#include "service/listen.h"

#include <slicefit/error.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
	int port;
} rows[] = {
	{"127.0.0.1:9876", "127.0.0.1", 9876},
	{"127.0.0.1:0", "127.0.0.1", 0},
	{"[::1]:80", "::1", 80},
	{"127.0.0.1:65535", "127.0.0.1", 65535},
	{"127.0.0.1:65536", NULL, 0},
	{"127.0.0.1:", NULL, 0},
	{"127.0.0.1", NULL, 0},
	{"9876", NULL, 0},
	{"::1:80", NULL, 0},
	{"127.0.0.1:http", NULL, 0},
	{"127.0.0.1:-1", NULL, 0},
	{"", NULL, 0},
};

static int read_back(const struct sockaddr_storage *address, char *host, size_t cap)
{
	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;
		inet_ntop(AF_INET6, &in6->sin6_addr, host, (socklen_t)cap);
		return ntohs(in6->sin6_port);
	}
	const struct sockaddr_in *in = (const void *)address;
	inet_ntop(AF_INET, &in->sin_addr, host, (socklen_t)cap);
	return ntohs(in->sin_port);
}

Test(listen, reads_addresses)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage address;
		struct sf_error err = {0};
		char host[64];
		int rc = sf_listen_parse(rows[i].text, &address, &err);
		cr_expect(rc == (rows[i].host != NULL ? 0 : -1), "%s: %s", rows[i].text, err.text);
		if (rc < 0 || rows[i].host == NULL) {
			continue;
		}
		cr_expect(read_back(&address, host, sizeof(host)) == rows[i].port, "%s",
		          rows[i].text);
		cr_expect(strcmp(host, rows[i].host) == 0, "%s: %s", rows[i].text, host);
	}
}

Test(listen, every_address)
{
	struct sockaddr_storage address;
	cr_assert(sf_listen_parse(":80", &address, NULL) == 0);
}

static const struct {
	const char *text;
	bool loopback;
} reach[] = {
	{"127.0.0.1:1", true},
	{"127.255.0.9:1", true},
	{"[::1]:1", true},
	{"localhost:1", true},
	{"0.0.0.0:1", false},
	{"[::]:1", false},
	{":1", false},
	{"10.0.0.1:1", false},
	{"128.0.0.1:1", false},
	{"[2001:db8::1]:1", false},
	{"[::ffff:127.0.0.1]:1", true},
	{"[::ffff:10.0.0.1]:1", false},
};

Test(listen, knows_who_can_reach_it)
{
	for (size_t i = 0; i < sizeof(reach) / sizeof(reach[0]); i++) {
		struct sockaddr_storage address;
		cr_assert(sf_listen_parse(reach[i].text, &address, NULL) == 0, "%s", reach[i].text);
		cr_expect(sf_listen_is_loopback(&address) == reach[i].loopback, "%s",
		          reach[i].text);
	}
}

Test(listen, prints_the_real_port)
{
	char out[64];
	sf_listen_format("[::1]:0", 4711, out, sizeof(out));
	cr_assert(strcmp(out, "[::1]:4711") == 0);
}
