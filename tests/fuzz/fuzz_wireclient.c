// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A direct reader that says anything: two bytes choose what its client asks for, one after the other, and the
 * rest is what comes over the socket. What the client returns keeps guest/guest.h's and pack/source.h's
 * promises, and lent bytes are within the shared memory.
 */
#include "fuzz.h"
#include "reader/client_internal.h"
#include "reader/client_tree.h"

#include <archive_entry.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 1 << 16, DOWNLOAD_MAX = 1 << 20 };

static bool leads_out(const char *path)
{
	return path[0] == '/' || path[0] == '\0' || strcmp(path, "..") == 0 ||
	       strncmp(path, "../", 3) == 0 || strstr(path, "/../") || strstr(path, "//") ||
	       (strlen(path) > 3 && strcmp(path + strlen(path) - 3, "/..") == 0);
}

/* A cancelled run or a lack of memory is not among what a reader can say. */
static bool ok(int rc, struct ri_err *e)
{
	FUZZ_CHECK(e->code != RI_E_CANCELLED && e->code != RI_E_COMMIT);
	return fuzz_ok(rc, e);
}

static void lists(struct ri_guest *g, unsigned char op)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist fs = { 0 };
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV texts = { 0 };
	struct ri_err e = { 0 };

	if (op == 'f' && ok(g->ops->filesystems(g, &fs, &e), &e))
		for (size_t i = 0; i < fs.n; i++)
			FUZZ_CHECK(fs.v[i].device && fs.v[i].type);
	if (op == 't')
		ok(g->ops->tags(g, "/dev/sda1", &texts, &e), &e);
	if (op == 'g' && ok(g->ops->glob(g, "/*", &texts, &e), &e))
		for (size_t i = 0; i < texts.n; i++)
			FUZZ_CHECK(texts.v[i][0] == '/');
	if (op == 'l' && ok(g->ops->list(g, "/", &texts, &sizes, &e), &e)) {
		uint64_t sum = 0;

		for (size_t i = 0; i < texts.n; i++) {
			FUZZ_CHECK(*texts.v[i] && !strchr(texts.v[i], '/'));
			sum += sizes[i];
		}
		FUZZ_CHECK(sizes && (texts.n > 0 || sum == 0));
	}
}

static void about_device(struct ri_guest *g)
{
	RI_FREE char *uuid = NULL;
	RI_FREE char *spec = NULL;
	struct ri_bootdev dev = { 0 };
	struct ri_err e = { 0 };

	if (ok(g->ops->device(g, "/dev/sda1", &uuid, &spec, &dev, &e), &e))
		FUZZ_CHECK(uuid && spec && dev.part >= 0 && dev.part <= 1000);
	free(dev.ptable);
	free(dev.lvm_hint);
}

static void facts(struct ri_guest *g, unsigned char op)
{
	uint64_t a = 0, b = 0;
	enum ri_kind kind = RI_KIND_NONE;
	RI_FREE char *real = NULL;
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };
	bool bad = true;

	if (op == 'p')
		FUZZ_CHECK(!ok(g->ops->preen(g, "/dev/sda1", &bad, &e), &e) || !bad);
	if (op == 'm')
		ok(g->ops->mount(g, "/dev/sda1", "/", true, &e), &e);
	if (op == 'U')
		ok(g->ops->umount_all(g, &e), &e);
	if (op == 's')
		ok(g->ops->space(g, "/", &a, &b, &e), &e);
	if (op == 'u')
		ok(g->ops->usage(g, "/", &a, &e), &e);
	if (op == 'k' && ok(g->ops->kind(g, "/", &kind, &e), &e))
		FUZZ_CHECK(kind <= RI_KIND_OTHER);
	if (op == 'n' && ok(g->ops->resolve(g, "/", &real, &e), &e))
		FUZZ_CHECK(real[0] == '/');
	if (op == 'h' && ok(g->ops->sha256(g, "/a", hex, &e), &e))
		FUZZ_CHECK(strlen(hex) == RI_SHA256_HEX &&
			   strspn(hex, "0123456789abcdef") == RI_SHA256_HEX);
}

static void contents(struct ri_guest *g, unsigned char op)
{
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	ri_buf_add_str(&text, "before");
	if (op == 'c' && ok(g->ops->read(g, "/a", READ_MAX, &text, &e), &e))
		FUZZ_CHECK(text.n <= READ_MAX + strlen("before"));
	FUZZ_CHECK(memcmp(text.p, "before", strlen("before")) == 0);
	if (op == 'd') {
		RI_FD int fd = memfd_create("download", MFD_CLOEXEC);
		char path[40];

		FUZZ_CHECK(fd >= 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ok(g->ops->download(g, "/a", DOWNLOAD_MAX, path, &e), &e);
		FUZZ_CHECK(lseek(fd, 0, SEEK_END) <= DOWNLOAD_MAX);
	}
}

static void entry_is_clean(struct archive_entry *en)
{
	const char *path = archive_entry_pathname(en), *link = archive_entry_hardlink(en);

	FUZZ_CHECK(path && !leads_out(path));
	FUZZ_CHECK(!link || !leads_out(link));
	FUZZ_CHECK(archive_entry_size(en) >= 0);
}

static void tree(struct ri_guest *g)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *s = NULL;
	struct ri_err e = { 0 };
	struct archive_entry *en;

	if (!ok(ri_reader_source(g, NULL, &s, &e), &e))
		return;
	while (ok(s->ops->next(s, &en, &e), &e) && en) {
		const uint64_t size =
		    archive_entry_hardlink(en) ? 0 : (uint64_t)archive_entry_size(en);
		struct ri_source_block b;
		uint64_t end = 0;
		int rc;

		entry_is_clean(en);
		if (strlen(archive_entry_pathname(en)) % 4 == 3)
			continue; /* what was not read is skipped */
		while ((rc = s->ops->data(s, &b, &e)) == 1) {
			unsigned sum = 0;

			FUZZ_CHECK(b.offset >= end && b.offset <= size && b.n <= size - b.offset);
			for (size_t i = 0; i < b.n; i++)
				sum += ((const unsigned char *)b.p)[i];
			FUZZ_CHECK(sum <= 255 * b.n);
			end = b.offset + b.n;
		}
		if (!ok(rc, &e))
			break;
	}
}

static void ask(struct ri_guest *g, unsigned char op)
{
	if (op == 'T')
		tree(g);
	else if (op == 'D')
		about_device(g);
	else if (op == 'c' || op == 'd')
		contents(g, op);
	else if (strchr("frtgl", op))
		lists(g, op);
	else
		facts(g, op);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int shared = -1;
	struct ri_peer_ends ends = { .child = RI_CHILD_INIT };
	struct ri_peer peer = { 0 };
	struct ri_reader *d = NULL;
	struct ri_err e = { 0 };
	int pair[2];

	if (size < 2 || data[0] == '\0' || data[1] == '\0')
		return 0;
	if (shared < 0)
		shared = ri_shared_create(&e);
	FUZZ_CHECK(shared >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	FUZZ_CHECK(
	    send(pair[1], data + 2, size - 2, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size - 2);
	FUZZ_CHECK(shutdown(pair[1], SHUT_WR) == 0);
	ends.socket = pair[0];
	ends.shared = dup(shared);
	FUZZ_CHECK(fuzz_ok(ri_peer_connect(&peer, &ends, "the direct reader", 1000, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_reader_new(&peer, &d, &e), &e));
	ask(&d->g, data[0]);
	ask(&d->g, data[1]);
	ri_reader_end(d);
	close(pair[1]);
	return 0;
}
