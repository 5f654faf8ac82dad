// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/sha256.h"
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>

void ri_sha256_init(struct ri_sha256 *d)
{
	sha256_init(&d->ctx);
}

void ri_sha256_add(struct ri_sha256 *d, const void *p, size_t n)
{
	sha256_update(&d->ctx, n, p);
}

void ri_sha256_hex(struct ri_sha256 *d, char out[RI_SHA256_HEX + 1])
{
	uint8_t raw[SHA256_DIGEST_SIZE];

	sha256_digest(&d->ctx, sizeof raw, raw);
	for (size_t i = 0; i < sizeof raw; i++) {
		out[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
	out[RI_SHA256_HEX] = '\0';
}

void ri_sha256_head(struct ri_sha256 *d, unsigned char *out, size_t n)
{
	sha256_digest(&d->ctx, n, out);
}

void ri_sha256_span(struct ri_span s, char out[RI_SHA256_HEX + 1])
{
	struct ri_sha256 d;

	ri_sha256_init(&d);
	ri_sha256_add(&d, s.p, s.n);
	ri_sha256_hex(&d, out);
}

int ri_sha256_fd(int fd, const char *what, char out[RI_SHA256_HEX + 1], uint64_t *bytes,
    struct ri_err *e)
{
	const size_t cap = 256 * 1024;
	RI_FREE char *buf = malloc(cap);
	struct ri_sha256 d;
	uint64_t total = 0;

	if (!buf)
		return ri_nomem(e);
	ri_sha256_init(&d);
	for (;;) {
		ssize_t n = read(fd, buf, cap);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "reading %s", what);
		if (ri_cancel_check(e) < 0)
			return -1;
		if (n == 0)
			break;
		ri_sha256_add(&d, buf, (size_t)n);
		total += (uint64_t)n;
	}
	ri_sha256_hex(&d, out);
	if (bytes)
		*bytes = total;
	return 0;
}

int ri_sha256_file(const char *path, char out[RI_SHA256_HEX + 1], uint64_t *bytes, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", path);
	return ri_sha256_fd(fd, path, out, bytes, e);
}
