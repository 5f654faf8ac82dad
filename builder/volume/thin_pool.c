// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/thin_pool.h"
#include "host/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#define SECTOR 512

/* sscanf on bytes that need not end in a NUL, cut where no such line is as long. */
static void line_of(struct ri_span text, char out[512])
{
	struct ri_span line = { 0 };

	ri_span_line(&text, &line);
	snprintf(out, 512, "%.*s", (int)(line.n < 511 ? line.n : 511), line.n ? line.p : "");
}

bool ri_thin_volume_table(struct ri_span text, unsigned *major, unsigned *minor)
{
	char line[512];

	line_of(text, line);
	return sscanf(line, "%*u %*u thin %u:%u ", major, minor) == 2;
}

bool ri_thin_pool_read(struct ri_span table, struct ri_span status, struct ri_thin_pool *out)
{
	uint64_t sectors, meta_used, meta, used, all;
	char line[512];

	line_of(table, line);
	if (sscanf(line, "%*u %*u thin-pool %*s %*s %" SCNu64, &sectors) != 1 || sectors == 0 ||
	    sectors > UINT64_MAX / SECTOR)
		return false;
	line_of(status, line);
	if (sscanf(line, "%*u %*u thin-pool %*u %" SCNu64 "/%" SCNu64 " %" SCNu64 "/%" SCNu64,
		&meta_used, &meta, &used, &all) != 4 ||
	    meta_used > meta || used > all)
		return false;
	*out = (struct ri_thin_pool){ sectors * SECTOR, all - used, meta - meta_used };
	return true;
}

static int dmsetup(const char *verb, unsigned major_number, unsigned minor_number,
    struct ri_buf *out, struct ri_err *e)
{
	struct ri_process_opts opts = { .timeout_s = 60 };
	char maj[16], min[16];
	const char *argv[] = { "dmsetup", verb, "-j", maj, "-m", min, NULL };

	snprintf(maj, sizeof maj, "%u", major_number);
	snprintf(min, sizeof min, "%u", minor_number);
	return ri_process_check(argv, &opts, out, e);
}

static int is_mapped(const char *root, dev_t dev, bool *yes, struct ri_err *e)
{
	RI_BUF path = { 0 };

	ri_buf_addf(&path, "%s/sys/dev/block/%u:%u/dm", root, major(dev), minor(dev));
	if (ri_buf_check(&path, e) < 0)
		return -1;
	*yes = access(path.p, F_OK) == 0;
	return 0;
}

int ri_thin_pool_of(const char *root, dev_t dev, struct ri_thin_pool *out, bool *thin,
    struct ri_err *e)
{
	RI_BUF volume = { 0 };
	RI_BUF table = { 0 };
	RI_BUF status = { 0 };
	unsigned maj, min;
	bool mapped;

	*thin = false;
	if (is_mapped(root, dev, &mapped, e) < 0)
		return -1;
	if (!mapped)
		return 0;
	if (dmsetup("table", major(dev), minor(dev), &volume, e) < 0)
		return -1;
	if (!ri_thin_volume_table(ri_buf_span(&volume), &maj, &min))
		return 0;
	if (dmsetup("table", maj, min, &table, e) < 0 ||
	    dmsetup("status", maj, min, &status, e) < 0)
		return -1;
	if (!ri_thin_pool_read(ri_buf_span(&table), ri_buf_span(&status), out))
		return ri_fail(e, RI_E_IO, 0, "the thin pool does not tell what it has left (%.*s)",
		    (int)(status.n < 200 ? status.n : 200), status.n ? status.p : "");
	*thin = true;
	return 0;
}
