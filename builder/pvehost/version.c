// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/version.h"
#include "base/log.h"
#include "host/process.h"
#include "pvehost/pass_over_internal.h"

/* "8.0.6", "9.2.6", with what Debian may add behind: three numbers, or nothing that is understood. */
static bool numbers(struct ri_span s, unsigned long v[3])
{
	for (size_t i = 0; i < 3; i++) {
		if (s.n == 0 || *s.p < '0' || *s.p > '9')
			return i == 2; /* "7.4-3" */
		for (v[i] = 0; s.n > 0 && *s.p >= '0' && *s.p <= '9'; s = ri_span_skip(s, 1))
			v[i] = v[i] < 100000 ? v[i] * 10 + (unsigned long)(*s.p - '0') : v[i];
		if (i < 2 && s.n > 0 && (*s.p == '.' || *s.p == '-'))
			s = ri_span_skip(s, 1);
	}
	return true;
}

static bool is_older(const unsigned long v[3], const unsigned long least[3])
{
	for (size_t i = 0; i < 3; i++)
		if (v[i] != least[i])
			return v[i] < least[i];
	return false;
}

int ri_pveversion_check(struct ri_strv *blockers, struct ri_strv *remarks, struct ri_err *e)
{
	const char *argv[] = { "dpkg-query", "-W", "-f", "${Version}", "qemu-server", NULL };
	struct ri_process_opts opts = { .timeout_s = 30 };
	unsigned long v[3] = { 0 }, least[3] = { 0 };
	struct ri_err why = { 0 };
	struct ri_span version;
	RI_BUF answer = { 0 };
	RI_BUF line = { 0 };

	if (ri_process_check(argv, &opts, &answer, &why) < 0) {
		if (ri_pass_over(&why, e) < 0)
			return -1;
		ri_log(RI_LOG_DEBUG, "which qemu-server this is: %s", why.msg);
	}
	version = ri_span_trim(ri_buf_span(&answer));
	if (!numbers(version, v))
		return ri_strv_add(remarks,
		    "the version of qemu-server is not known; it has to be " RI_QEMU_SERVER_LEAST
		    " or later",
		    e);
	if (!numbers(ri_str(RI_QEMU_SERVER_LEAST), least) || !is_older(v, least))
		return 0;
	ri_buf_addf(&line,
	    "qemu-server is %.*s, which also moves local volumes that the configuration does not name; "
	    "it has to be " RI_QEMU_SERVER_LEAST " or later",
	    (int)(version.n < 40 ? version.n : 40), version.p);
	return ri_buf_check(&line, e) < 0 ? -1 : ri_strv_add(blockers, line.p, e);
}
