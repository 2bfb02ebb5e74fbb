/* listen: addresses to listen on, as people write them. */
// SPDX-License-Identifier: Apache-2.0
#include "listen.h"

#include <slicefit/error.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_MAX = 256 };

static bool is_port(const char *text)
{
	size_t len = strlen(text);
	return len > 0 && len <= 5 && strspn(text, "0123456789") == len &&
	       strtol(text, NULL, 10) <= UINT16_MAX;
}

/* Splits at the last colon; the host loses its brackets. -1 when it is no HOST:PORT. */
static int split(const char *text, char *host, const char **port)
{
	const char *colon = strrchr(text, ':');
	if (colon == NULL || !is_port(colon + 1)) {
		return -1;
	}
	size_t len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		return -1;
	}
	if (len >= HOST_MAX) {
		return -1;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	*port = colon + 1;
	return 0;
}

/* Sockets of IPv6 take IPv4 as well; not every kernel has them. */
static int every_family(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return AF_INET;
	}
	close(fd);
	return AF_INET6;
}

int sf_listen_parse(const char *text, struct sockaddr_storage *out, struct sf_error *err)
{
	char host[HOST_MAX];
	const char *port;
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	if (split(text, host, &port) < 0) {
		return sf_fail(err, SF_EINVAL,
		               "listen '%s': write HOST:PORT, for example 127.0.0.1:9876", text);
	}
	hints.ai_family = host[0] != '\0' ? AF_UNSPEC : every_family();
	int rc = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &found);
	if (rc != 0) {
		return sf_fail(err, SF_EINVAL, "listen '%s': %s", text, gai_strerror(rc));
	}
	memset(out, 0, sizeof(*out));
	memcpy(out, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

bool sf_listen_is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *in6 = (const void *)address;
	const struct sockaddr_in *in = (const void *)address;
	uint32_t ip4;
	if (address->ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	if (address->ss_family == AF_INET6) {
		memcpy(&ip4, &in6->sin6_addr.s6_addr[12], sizeof(ip4));
	} else {
		ip4 = in->sin_addr.s_addr;
	}
	return ntohl(ip4) >> 24 == IN_LOOPBACKNET;
}

void sf_listen_format(const char *text, uint16_t port, char *out, size_t cap)
{
	const char *colon = strrchr(text, ':');
	int len = colon != NULL ? (int)(colon - text) : 0;
	snprintf(out, cap, "%.*s:%u", len, text, port);
}
