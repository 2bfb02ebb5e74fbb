/* listen: addresses to listen on, as people write them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LISTEN_H
#define SF_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sockaddr_storage;

/* "127.0.0.1:9876", "[::1]:9876", "localhost:0", or ":9876" for every address. */
int sf_listen_parse(const char *text, struct sockaddr_storage *out, struct sf_error *err);

/* Can only this machine reach the address? */
bool sf_listen_is_loopback(const struct sockaddr_storage *address);

/* The text with another port: what to print once port 0 has become a number. */
void sf_listen_format(const char *text, uint16_t port, char *out, size_t cap);

#endif
