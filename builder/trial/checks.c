// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/checks.h"
#include "base/show.h"

#include <inttypes.h>
#include <stdarg.h>

static const char *const names[RI_TRIAL_CHECKS] = {
	[RI_TRIAL_LOADER] = "loader",
	[RI_TRIAL_RELEASE] = "release",
	[RI_TRIAL_UNPLUG] = "unplug",
	[RI_TRIAL_SYSTEM] = "system",
	[RI_TRIAL_ROOT] = "root",
	[RI_TRIAL_UNITS] = "units",
	[RI_TRIAL_FILES] = "files",
	[RI_TRIAL_MEMORY] = "memory",
	[RI_TRIAL_EXEC] = "exec",
};

void ri_trial_checks_free(struct ri_trial_checks *c)
{
	for (size_t i = 0; i < RI_TRIAL_CHECKS; i++)
		free(c->v[i].detail);
	*c = (struct ri_trial_checks){ 0 };
}

const char *ri_trial_check_name(enum ri_trial_what what)
{
	return names[what];
}

const char *ri_trial_state_word(enum ri_trial_state state)
{
	static const char *const words[] = {
		[RI_TRIAL_NOT_TRIED] = "not-tried",
		[RI_TRIAL_PASSED] = "passed",
		[RI_TRIAL_FAILED] = "failed",
		[RI_TRIAL_SKIPPED] = "skipped",
	};

	return words[state];
}

size_t ri_trial_count(const struct ri_trial_checks *c, enum ri_trial_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < RI_TRIAL_CHECKS; i++)
		n += c->v[i].state == state;
	return n;
}

int ri_trial_say(struct ri_trial_checks *c, enum ri_trial_what what, enum ri_trial_state state,
    struct ri_err *e, const char *fmt, ...)
{
	struct ri_trial_check *k = &c->v[what];
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	free(k->detail);
	k->detail = strdup(text);
	k->state = state;
	return k->detail ? 0 : ri_nomem(e);
}

int ri_trial_judge_loader(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    const char *instead, struct ri_err *e)
{
	const struct ri_loader_status *s = &h->status;
	char size[RI_SHOW_FIGURE];

	if (!h->any)
		return ri_trial_say(c, RI_TRIAL_LOADER, RI_TRIAL_FAILED, e,
		    "%s, and the loader has said nothing: the machine did not boot by the RAM entry, or the "
		    "disk was built by a ramimg whose loader does not know the status port; build it again",
		    instead);
	if (!s->in_ram)
		return ri_trial_say(c, RI_TRIAL_LOADER, RI_TRIAL_FAILED, e,
		    "it booted from the disk: %s", s->reason ? s->reason : "it does not say why");
	return ri_trial_say(c, RI_TRIAL_LOADER, RI_TRIAL_PASSED, e,
	    "the root is in RAM%s: %s, loaded in %.1f s", s->compressed ? ", compressed" : "",
	    ri_show_bytes(s->bytes, size), s->seconds);
}

static void list(const struct ri_strv *v, struct ri_buf *out)
{
	for (size_t i = 0; i < v->n; i++)
		ri_buf_addf(out, "%s%s", i > 0 ? "; " : "", v->v[i]);
}

int ri_trial_judge_release(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    struct ri_err *e)
{
	const struct ri_loader_status *s = &h->status;
	RI_BUF text = { 0 };

	list(s->kept.n > 0 ? &s->kept : &s->released, &text);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	if (s->kept.n > 0)
		return ri_trial_say(c, RI_TRIAL_RELEASE, RI_TRIAL_FAILED, e,
		    "the guest has not let go of %s", text.p);
	if (s->released.n > 0)
		return ri_trial_say(c, RI_TRIAL_RELEASE, RI_TRIAL_PASSED, e,
		    "the guest has let go of %s", text.p);
	return ri_trial_say(c, RI_TRIAL_RELEASE, RI_TRIAL_SKIPPED, e,
	    "the disk was built to be kept (release.disk = false)");
}

/* A line's next word, up to a blank (proc(5), /proc/mounts). */
static struct ri_span cut_word(struct ri_span *line)
{
	struct ri_span word = { line->p, 0 };

	while (word.n < line->n && line->p[word.n] != ' ')
		word.n++;
	*line = ri_span_skip(*line, word.n < line->n ? word.n + 1 : word.n);
	return word;
}

/* What is mounted last on the root. @return false: nothing. */
static bool find_root(struct ri_span mounts, struct ri_span *device, struct ri_span *type)
{
	struct ri_span line;
	bool found = false;

	while (ri_span_line(&mounts, &line)) {
		struct ri_span of = cut_word(&line), on = cut_word(&line);

		if (!ri_span_eq(on, ri_str("/")))
			continue;
		*device = of;
		*type = cut_word(&line);
		found = true;
	}
	return found;
}

int ri_trial_judge_root(struct ri_trial_checks *c, const struct ri_trial_heard *h,
    const struct ri_span *mounts, struct ri_err *e)
{
	/* What a root in RAM is, before and after the initramfs is left. */
	static const char *const in_ram[] = { "tmpfs", "overlay", "rootfs", "ramfs" };
	struct ri_span device, type;

	if (h->any)
		return ri_trial_say(c, RI_TRIAL_ROOT, RI_TRIAL_FAILED, e,
		    "the loader has run: the machine booted by the RAM entry");
	if (!mounts)
		return ri_trial_say(c, RI_TRIAL_ROOT, RI_TRIAL_PASSED, e,
		    "the loader has not run; there is no guest agent to ask for more");
	if (!find_root(*mounts, &device, &type))
		return ri_trial_say(c, RI_TRIAL_ROOT, RI_TRIAL_FAILED, e,
		    "/proc/mounts does not say where the root is");
	for (size_t i = 0; i < sizeof in_ram / sizeof *in_ram; i++)
		if (ri_span_eq(type, ri_str(in_ram[i])))
			return ri_trial_say(c, RI_TRIAL_ROOT, RI_TRIAL_FAILED, e,
			    "the root is not on the disk: its type is %s", in_ram[i]);
	return ri_trial_say(c, RI_TRIAL_ROOT, RI_TRIAL_PASSED, e,
	    "the root is on the disk: %.*s (%.*s)", (int)device.n, device.p, (int)type.n, type.p);
}

int ri_trial_judge_memory(struct ri_trial_checks *c, struct ri_span meminfo, uint64_t reserve,
    struct ri_err *e)
{
	uint64_t total = 0, left = 0;
	struct ri_span line;
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE], r[RI_SHOW_FIGURE];

	while (ri_span_line(&meminfo, &line)) {
		RI_FREE char *text = ri_span_dup(line);

		if (!text)
			return ri_nomem(e);
		(void)sscanf(text, "MemTotal: %" SCNu64, &total);
		(void)sscanf(text, "MemAvailable: %" SCNu64, &left);
	}
	if (total == 0 || total > UINT64_MAX >> 10 || left > total)
		return ri_trial_say(c, RI_TRIAL_MEMORY, RI_TRIAL_FAILED, e,
		    "/proc/meminfo does not say how much is available");
	ri_show_bytes(left << 10, a);
	ri_show_bytes(total << 10, b);
	if (left << 10 >= reserve)
		return ri_trial_say(c, RI_TRIAL_MEMORY, RI_TRIAL_PASSED, e,
		    "%s of %s are available", a, b);
	return ri_trial_say(c, RI_TRIAL_MEMORY, RI_TRIAL_FAILED, e,
	    "%s of %s are available, which is less than ram.reserve (%s): give the VM more memory",
	    a, b, ri_show_bytes(reserve, r));
}

int ri_trial_judge_units(struct ri_trial_checks *c, struct ri_span units, struct ri_err *e)
{
	RI_BUF text = { 0 };
	struct ri_span line;

	while (ri_span_line(&units, &line)) {
		line = ri_span_trim(line);
		ri_buf_addf(&text, "%s%.*s", text.n > 0 && line.n > 0 ? ", " : "", (int)line.n,
		    line.p);
	}
	if (ri_buf_check(&text, e) < 0)
		return -1;
	return text.n == 0
		   ? ri_trial_say(c, RI_TRIAL_UNITS, RI_TRIAL_PASSED, e, "no unit has failed")
		   : ri_trial_say(c, RI_TRIAL_UNITS, RI_TRIAL_FAILED, e, "failed: %s", text.p);
}

int ri_trial_judge_files(struct ri_trial_checks *c, struct ri_span count, struct ri_span said,
    struct ri_err *e)
{
	static const char error[] = "Input/output error";
	struct ri_span line, first = { "", 0 };
	RI_FREE char *text = ri_span_dup(count);
	uint64_t read = 0;
	unsigned n = 0;

	if (!text)
		return ri_nomem(e);
	while (ri_span_line(&said, &line)) {
		if (!memmem(line.p, line.n, error, strlen(error)))
			continue;
		first = n++ == 0 ? ri_span_trim(line) : first;
	}
	if (n > 0)
		return ri_trial_say(c, RI_TRIAL_FILES, RI_TRIAL_FAILED, e,
		    "%u file%s cannot be read: %.*s", n, n == 1 ? "" : "s", (int)first.n, first.p);
	if (sscanf(text, "%" SCNu64, &read) != 1 || read == 0)
		return ri_trial_say(c, RI_TRIAL_FILES, RI_TRIAL_FAILED, e,
		    "nothing was read: the guest's find or wc does not do its work");
	return ri_trial_say(c, RI_TRIAL_FILES, RI_TRIAL_PASSED, e,
	    "all of its %" PRIu64 " files were read", read);
}
