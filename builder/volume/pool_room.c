// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/pool_room.h"
#include "base/cancel.h"
#include "base/log.h"
#include "base/show.h"
#include "host/json.h"
#include "host/process.h"
#include "volume/thin_pool.h"

#define ZVOL "zvol:"
#define RBD "rbd:"
#define ANSWER_S 60

/*
 * What BlueStore gives at a time is at most this by default (bluestore_min_alloc_size_hdd before
 * Ceph 16; 4 KiB since).
 */
#define CEPH_CHUNK 65536

/* Digits, and nothing after them. */
static bool number(struct ri_span s, uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || n > UINT64_MAX / 10 - 1)
			return false;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = n;
	return s.n > 0;
}

bool ri_zfs_room(struct ri_span text, struct ri_pool_room *out)
{
	uint64_t available = 0, block = 0;
	bool told = false;
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		const char *tab = memchr(line.p, '\t', line.n);
		struct ri_span key = ri_span(line.p, tab ? (size_t)(tab - line.p) : line.n);
		struct ri_span value = ri_span_trim(ri_span_skip(line, key.n + (tab != NULL)));

		if (ri_span_eq(key, ri_str("available")))
			told = number(value, &available);
		else if (ri_span_eq(key, ri_str("volblocksize")) && !number(value, &block))
			return false;
	}
	if (!told || block == 0)
		return false;
	*out = (struct ri_pool_room){ .pool = "its ZFS pool",
		.chunk = block,
		.chunks = available / block };
	return true;
}

bool ri_ceph_room(struct ri_span json, struct ri_span name, struct ri_pool_room *out)
{
	RI_JSON all = json_loadb(json.p, json.n, 0, NULL);
	json_t *pool;
	size_t i;

	json_array_foreach(json_object_get(all, "pools"), i, pool)
	{
		const char *is = json_string_value(json_object_get(pool, "name"));
		json_t *left = json_object_get(json_object_get(pool, "stats"), "max_avail");

		if (!is || !ri_span_eq(name, ri_str(is)))
			continue;
		if (!json_is_integer(left) || json_integer_value(left) < 0)
			return false;
		*out = (struct ri_pool_room){ .pool = "its Ceph pool",
			.chunk = CEPH_CHUNK,
			.chunks = (uint64_t)json_integer_value(left) / CEPH_CHUNK };
		return true;
	}
	return false;
}

/* @return 1: it said something; 0: it did not, which is logged; -1: not to go on. */
static int ask(const char *const *argv, struct ri_buf *said, struct ri_err *e)
{
	const struct ri_process_opts opts = { .timeout_s = ANSWER_S };

	if (ri_process_check(argv, &opts, said, e) == 0)
		return 1;
	if (ri_cancelled() || e->code == RI_E_NOMEM)
		return -1;
	ri_log(RI_LOG_DEBUG, "room for the commit is not known: %s", e->msg);
	*e = (struct ri_err){ 0 };
	return 0;
}

static int ask_zfs(const char *name, struct ri_pool_room *out, struct ri_err *e)
{
	const char *argv[] = { "zfs", "get", "-Hp", "-o", "property,value",
		"available,volblocksize", name, NULL };
	RI_BUF said = { 0 };
	int rc = ask(argv, &said, e);

	if (rc > 0 && !ri_zfs_room(ri_buf_span(&said), out))
		ri_log(RI_LOG_DEBUG, "room for the commit is not known: zfs says %.*s",
		    (int)(said.n > 200 ? 200 : said.n), said.p);
	return rc < 0 ? -1 : 0;
}

/* "fsid/pool/namespace/image" */
static int ask_ceph(const char *name, struct ri_pool_room *out, struct ri_err *e)
{
	const char *argv[] = { "ceph", "df", "--format", "json", NULL };
	const char *pool = strchr(name, '/');
	const char *end = pool ? strchr(pool + 1, '/') : NULL;
	RI_BUF said = { 0 };
	int rc;

	if (!end)
		return 0;
	rc = ask(argv, &said, e);
	if (rc > 0 &&
	    !ri_ceph_room(ri_buf_span(&said), ri_span(pool + 1, (size_t)(end - pool - 1)), out))
		ri_log(RI_LOG_DEBUG,
		    "room for the commit is not known: ceph df says nothing of the pool");
	return rc < 0 ? -1 : 0;
}

static int ask_thin(dev_t dev, struct ri_pool_room *out, struct ri_err *e)
{
	struct ri_thin_pool p;
	bool thin;

	if (ri_thin_pool_of("", dev, &p, &thin, e) < 0)
		return -1;
	if (thin)
		*out = (struct ri_pool_room){ .pool = "its thin pool",
			.chunk = p.chunk,
			.chunks = p.chunks,
			.tables = true,
			.metadata = p.metadata };
	return 0;
}

int ri_pool_room_of(const char *id, dev_t dev, struct ri_pool_room *out, struct ri_err *e)
{
	*out = (struct ri_pool_room){ 0 };
	if (strncmp(id, ZVOL, strlen(ZVOL)) == 0)
		return ask_zfs(id + strlen(ZVOL), out, e);
	if (strncmp(id, RBD, strlen(RBD)) == 0)
		return ask_ceph(id + strlen(RBD), out, e);
	return ask_thin(dev, out, e);
}

/* Device-mapper's tables take up to a block for some hundred chunks. */
int ri_pool_room_take(struct ri_pool_room *r, uint64_t at, uint64_t n, struct ri_err *e)
{
	char want[RI_SHOW_FIGURE], have[RI_SHOW_FIGURE];
	uint64_t first, last;

	if (!r->pool || n == 0)
		return 0;
	first = at / r->chunk;
	last = (at + n - 1) / r->chunk;
	r->wanted += last + 1 - (first < r->next ? r->next : first);
	r->next = last + 1;
	if (r->wanted > r->chunks)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s has %s left, and the commit may take %s or more; extend the pool, or make room in it",
		    r->pool, ri_show_bytes(r->chunks * r->chunk, have),
		    ri_show_bytes(r->wanted * r->chunk, want));
	if (r->tables && r->wanted / 100 + 8 > r->metadata)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s has %llu blocks left for metadata, and the commit may take %llu; extend them "
		    "(lvextend --poolmetadatasize)",
		    r->pool, (unsigned long long)r->metadata,
		    (unsigned long long)(r->wanted / 100 + 8));
	return 0;
}
