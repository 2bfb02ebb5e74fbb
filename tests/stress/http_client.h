/* http_client: the client's side of HTTP/1.1 for the stress programs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STRESS_HTTP_CLIENT_H
#define SF_STRESS_HTTP_CLIENT_H

#include <slicefit/str.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection to 127.0.0.1, or -1. */
static inline int http_dial(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, (const void *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline bool http_send(int fd, const struct sf_str *text)
{
	for (size_t sent = 0; sent < text->len;) {
		ssize_t n = send(fd, text->text + sent, text->len - sent, MSG_NOSIGNAL);
		if (n <= 0) {
			return false;
		}
		sent += (size_t)n;
	}
	return true;
}

/* Length of the whole answer once its head is there, else 0. */
static inline size_t http_answer_length(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");
	if (end == NULL || length == NULL || length > end) {
		return 0;
	}
	return (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10);
}

/* Reads one answer, head and body, into `got`; its status, or 0 when it is not whole. */
static inline int http_read(int fd, struct sf_str *got)
{
	static const char version[] = "HTTP/1.1 ";
	size_t want = 0;
	while (want == 0 || got->len < want) {
		char chunk[16384];
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
		if (n <= 0) {
			break;
		}
		sf_str_append_n(got, chunk, (size_t)n);
		want = want > 0 ? want : http_answer_length(got->text);
	}
	if (want == 0 || got->len != want || strncmp(got->text, version, strlen(version)) != 0) {
		return 0;
	}
	return (int)strtol(got->text + strlen(version), NULL, 10);
}

#endif
