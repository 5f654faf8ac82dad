// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/heard.h"
#include "format/status_lines.h"
#include "host/json.h"

void ri_trial_heard_free(struct ri_trial_heard *h)
{
	free(h->reason);
	ri_strv_free(&h->released);
	ri_strv_free(&h->kept);
	*h = (struct ri_trial_heard){ 0 };
}

static int take(json_t *o, struct ri_trial_heard *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_heard_free) struct ri_trial_heard h = { .any = true };
	const char *result = json_string_value(json_object_get(o, "result"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *form = json_string_value(json_object_get(o, "form"));
	json_int_t bytes = json_integer_value(json_object_get(o, "bytes"));

	if (!result)
		return 0;
	h.in_ram = strcmp(result, "ram") == 0;
	h.compressed = form && strcmp(form, "compressed") == 0;
	h.bytes = bytes > 0 ? (uint64_t)bytes : 0;
	h.seconds = json_number_value(json_object_get(json_object_get(o, "seconds"), "total"));
	if (reason && !(h.reason = strdup(reason)))
		return ri_nomem(e);
	if (ri_json_add_texts(json_object_get(o, "released"), &h.released, e) < 0 ||
	    ri_json_add_texts(json_object_get(o, "kept"), &h.kept, e) < 0)
		return -1;
	ri_trial_heard_free(out);
	*out = h;
	h = (struct ri_trial_heard){ 0 };
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
			RI_JSON o = json_loadb(begin, (size_t)(line.p - begin), 0, NULL);

			begin = NULL;
			if (o && take(o, out, e) < 0)
				return -1;
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

bool ri_trial_panicked(struct ri_span shown)
{
	static const char words[] = "Kernel panic - not syncing";

	return memmem(shown.p, shown.n, words, strlen(words)) != NULL;
}
