// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/heard.h"
#include "format/status_lines.h"

void ri_trial_heard_free(struct ri_trial_heard *h)
{
	ri_loader_status_free(&h->status);
	h->any = false;
}

static int take(struct ri_span text, struct ri_trial_heard *out, struct ri_err *e)
{
	struct ri_loader_status s = { 0 };
	int rc = ri_loader_status_parse(text, &s, e);

	if (rc <= 0)
		return rc;
	ri_trial_heard_free(out);
	*out = (struct ri_trial_heard){ .any = true, .status = s };
	return 0;
}

static bool is_line(struct ri_span line, const char *word)
{
	return ri_span_eq(ri_span_chomp(line), ri_str(word));
}

int ri_trial_hear(struct ri_span said, struct ri_trial_heard *out, struct ri_err *e)
{
	const char *begin = NULL;
	struct ri_span line;

	while (ri_span_line(&said, &line)) {
		if (is_line(line, RI_STATUS_BEGIN)) {
			begin = line.p + line.n;
		} else if (begin && is_line(line, RI_STATUS_END)) {
			if (take(ri_span(begin, (size_t)(line.p - begin)), out, e) < 0)
				return -1;
			begin = NULL;
		}
	}
	return 0;
}

bool ri_trial_asks_login(struct ri_span shown)
{
	static const char prompt[] = "login:";
	size_t at = shown.n;

	/* What follows the prompt may be a blank and a sequence that sets a colour or clears the line. */
	while (at > 0 && shown.n - at < 64 && shown.p[at - 1] != '\n')
		at--;
	if (at > 0 && shown.p[at - 1] != '\n')
		at = shown.n > 64 ? shown.n - 64 : 0;
	return memmem(shown.p + at, shown.n - at, prompt, strlen(prompt)) != NULL;
}

const char *ri_trial_given_up(struct ri_span shown)
{
	static const struct {
		const char *words, *means;
	} rows[] = {
		{ "Kernel panic - not syncing", "the guest's kernel has panicked" },
		/* systemd's, where a file system of the fstab has not come, or is damaged. */
		{ "You are in emergency mode",
		    "the guest has stopped in systemd's emergency mode" },
		{ "Entering emergency mode.", "the guest has stopped in its initramfs, dracut's" },
		{ "\n(initramfs) ", "the guest has stopped in its initramfs, at its prompt" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (memmem(shown.p, shown.n, rows[i].words, strlen(rows[i].words)))
			return rows[i].means;
	return NULL;
}
