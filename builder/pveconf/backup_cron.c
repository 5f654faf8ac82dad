// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/backup_cron.h"
#include "pveconf/backup_jobs_internal.h"

#include <strings.h>

/* What can follow vzdump, as far as a value follows it (VZDump/Common.pm:$confdesc, and older ones). */
static const char *const flags[] = { "all", "quiet", "remove", "protected", "stdexcludes", "stop",
	"stdout", NULL };
static const char *const values[] = { "node", "pool", "exclude", "mode", "compress", "pigz", "zstd",
	"exclude-path", "mailto", "mailnotification", "notification-mode", "notification-policy",
	"notification-target", "tmpdir", "dumpdir", "script", "storage", "bwlimit", "ionice",
	"performance", "fleecing", "lockwait", "stopwait", "prune-backups", "maxfiles", "size",
	"notes-template", "pbs-change-detection-mode", "job-id", NULL };

static bool is_one_of(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Cut the next word off, which blanks end. */
static struct ri_span next_word(struct ri_span *rest)
{
	size_t n = 0;

	while (rest->n > 0 && blank(*rest->p))
		*rest = ri_span_skip(*rest, 1);
	while (n < rest->n && !blank(rest->p[n]))
		n++;
	struct ri_span word = ri_span(rest->p, n);

	*rest = ri_span_skip(*rest, n);
	return word;
}

/* "30 1 * * sat root", or "@daily root": what stands before a command. @return whether it is there. */
static bool skip_time_and_user(struct ri_span *line)
{
	struct ri_span first = next_word(line);
	size_t more = first.n > 0 && *first.p == '@' ? 1 : 5;

	if (first.n == 0 || *first.p == '#' || memchr(first.p, '=', first.n))
		return false;
	for (; more > 0; more--)
		if (next_word(line).n == 0)
			return false;
	return true;
}

/*
 * "vzdump", which a path and, where it is switched off, a "#" may precede.
 * @return whether it is one, with its arguments in *@args; otherwise the command is something else.
 */
static bool take_apart(struct ri_span command, bool *enabled, struct ri_span *args)
{
	static const char name[] = "vzdump";
	struct ri_span p = next_word(&command);

	if (p.n < strlen(name) || !ri_span_eq(ri_span_skip(p, p.n - strlen(name)), ri_str(name)))
		return false;
	p.n -= strlen(name);
	*enabled = p.n == 0 || p.p[p.n - 1] != '#';
	if (!*enabled)
		p.n--;
	if (p.n > 0 && !(*p.p == '/' && p.p[p.n - 1] == '/'))
		return false;
	*args = command;
	return true;
}

/* A shell's words, as far as Proxmox writes them: quotes of both kinds and a backslash. @return 1; 0; -1. */
static int split(struct ri_span args, struct ri_strv *words, struct ri_err *e)
{
	RI_BUF word = { 0 };
	bool in = false;
	char quote = 0;

	for (size_t i = 0; i < args.n; i++) {
		char c = args.p[i];

		if (quote && c == quote) {
			quote = 0;
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
			in = true;
		} else if (c == '\\' && quote != '\'' && i + 1 < args.n) {
			ri_buf_add(&word, &args.p[++i], 1);
			in = true;
		} else if (!quote && blank(c)) {
			if (in && (ri_buf_check(&word, e) < 0 ||
				      ri_strv_add_span(words, ri_buf_span(&word), e) < 0))
				return -1;
			ri_buf_free(&word);
			in = false;
		} else {
			ri_buf_add(&word, &c, 1);
			in = true;
		}
	}
	if (ri_buf_check(&word, e) < 0 ||
	    (in && ri_strv_add_span(words, ri_buf_span(&word), e) < 0))
		return -1;
	return quote == 0;
}

/* JSONSchema.pm:parse_boolean, as the one character that a configuration has; NULL: it is none. */
static const char *boolean(const char *s)
{
	static const struct {
		const char *word, *is;
	} words[] = { { "", "1" }, { "1", "1" }, { "on", "1" }, { "yes", "1" }, { "true", "1" },
		{ "0", "0" }, { "off", "0" }, { "no", "0" }, { "false", "0" } };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(words[i].word, s) == 0)
			return words[i].is;
	return NULL;
}

/* The arguments being gone through. */
struct reading {
	const struct ri_strv *words;
	size_t at;
	struct ri_buf vmids; /* what stands without an option */
	struct ri_backup_job *job;
};

/* "--name=value", "--name value"; a flag's value may be missing. @return as ri_backup_job_set. */
static int option(struct reading *r, const char *word, struct ri_err *e)
{
	RI_BUF name = { 0 };
	const char *value = strchr(word, '='), *next;
	bool flag;

	word += word[1] == '-' ? 2 : 1;
	ri_buf_add(&name, word, value ? (size_t)(value - word) : strlen(word));
	if (ri_buf_check(&name, e) < 0)
		return -1;
	flag = name.p && is_one_of(flags, name.p);
	if (!flag && !(name.p && is_one_of(values, name.p)))
		return 0;
	next = r->at < r->words->n ? r->words->v[r->at] : NULL;
	if (value) {
		value++;
	} else if (next && (!flag || next[0] != '-')) {
		value = next;
		r->at++;
	} else if (!flag) {
		return 0;
	}
	if (flag)
		value = boolean(value ? value : "");
	return value ? ri_backup_job_set(r->job, name.p, ri_str(value), e) : 0;
}

static int arguments(struct reading *r, struct ri_err *e)
{
	bool options = true;

	while (r->at < r->words->n) {
		const char *word = r->words->v[r->at++];

		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && word[0] == '-' && word[1]) {
			int took = option(r, word, e);

			if (took <= 0)
				return took;
		} else {
			ri_buf_addf(&r->vmids, "%s%s", r->vmids.n > 0 ? "," : "", word);
		}
	}
	if (ri_buf_check(&r->vmids, e) < 0)
		return -1;
	return r->vmids.n == 0 ? 1 : ri_backup_job_set(r->job, "vmid", ri_buf_span(&r->vmids), e);
}

static int give_up(struct ri_backup_job *job, const char *why, struct ri_err *e)
{
	job->unclear = strdup(why);
	return job->unclear ? 0 : ri_nomem(e);
}

static int understand(struct ri_span args, struct ri_backup_job *job, struct ri_err *e)
{
	RI_STRV words = { 0 };
	struct reading r = { .words = &words, .job = job };
	int took = split(args, &words, e);

	if (took > 0)
		took = arguments(&r, e);
	ri_buf_free(&r.vmids);
	if (took != 0)
		return took < 0 ? -1 : 0;
	return give_up(job, "its arguments are not understood", e);
}

static int one_line(const char *file, size_t number, struct ri_span line,
    struct ri_backup_jobs *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_backup_job_free) struct ri_backup_job job = { .scheduled = true };
	struct ri_span args = { 0 };
	RI_BUF name = { 0 };
	bool plain;

	if (!skip_time_and_user(&line) || line.n == 0 || !memmem(line.p, line.n, "vzdump", 6))
		return 0;
	ri_buf_addf(&name, "%s:%zu", file, number);
	job.name = ri_buf_steal(&name);
	if (!job.name)
		return ri_nomem(e);
	plain = take_apart(line, &job.enabled, &args);
	if (!plain)
		job.enabled = true;
	if ((plain ? understand(args, &job, e)
		   : give_up(&job, "its command is not understood", e)) < 0)
		return -1;
	return ri_backup_jobs_add(out, file, number, &job, e);
}

int ri_backup_cron_parse(const char *file, struct ri_span text, struct ri_backup_jobs *out,
    struct ri_err *e)
{
	struct ri_span line;

	for (size_t number = 1; ri_span_line(&text, &line); number++)
		if (one_line(file, number, ri_span_chomp(line), out, e) < 0)
			return -1;
	return 0;
}
