// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/backup_jobs.h"
#include "pveconf/backup_jobs_internal.h"
#include "pveconf/section_config.h"

/* A damaged file of a megabyte has no more to say after this many. */
#define WARNINGS_MAX 100

void ri_backup_job_free(struct ri_backup_job *job)
{
	free(job->name);
	free(job->vmids);
	free(job->exclude);
	free(job->pool);
	free(job->node);
	free(job->unclear);
	*job = (struct ri_backup_job){ 0 };
}

void ri_backup_jobs_free(struct ri_backup_jobs *j)
{
	for (size_t i = 0; i < j->n; i++)
		ri_backup_job_free(&j->v[i]);
	free(j->v);
	ri_strv_free(&j->warnings);
	*j = (struct ri_backup_jobs){ 0 };
}

int ri_backup_jobs_warn(struct ri_backup_jobs *to, const char *file, size_t line, const char *why,
    struct ri_span what, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "%s: line %zu: %s: ", file, line, why);
	ri_buf_add(&text, what.p, what.n < 80 ? what.n : 80);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	return to->warnings.n < WARNINGS_MAX ? ri_strv_add(&to->warnings, text.p, e) : 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* JSONSchema.pm:pve_verify_vmid: 100 to 999999999. */
static bool is_vmid(struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) || (i == 0 && s.p[i] == '0'))
			return false;
	return s.n >= 3 && s.n <= 9;
}

static bool is_vmid_list(struct ri_span list)
{
	struct ri_span word;
	size_t n = 0;

	for (; ri_section_word(&list, &word); n++)
		if (!is_vmid(word))
			return false;
	return n > 0;
}

/* JSONSchema.pm:pve_verify_node_name. */
static bool is_node(struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool inner = i > 0 && i + 1 < s.n;

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(inner && c == '-'))
			return false;
	}
	return s.n > 0;
}

/* To Perl the name "0" is as good as none (get_included_guests: `if ($job->{pool})`). */
static bool is_true_text(struct ri_span s)
{
	return s.n > 0 && !(s.n == 1 && *s.p == '0');
}

static int set_text(char **field, struct ri_span value, bool good, struct ri_err *e)
{
	if (!good)
		return 0;
	free(*field);
	*field = ri_span_dup(value);
	return *field ? 1 : ri_nomem(e);
}

/* Nothing behind it means 1. */
static int set_flag(bool *field, struct ri_span value)
{
	if (value.n > 1 || (value.n == 1 && *value.p != '0' && *value.p != '1'))
		return 0;
	*field = value.n == 0 || *value.p == '1';
	return 1;
}

static int set_mode(struct ri_backup_job *job, struct ri_span value)
{
	job->stops = ri_span_eq(value, ri_str("stop"));
	return job->stops || ri_span_eq(value, ri_str("snapshot")) ||
	       ri_span_eq(value, ri_str("suspend"));
}

int ri_backup_job_set(struct ri_backup_job *job, const char *key, struct ri_span value,
    struct ri_err *e)
{
	if (strcmp(key, "enabled") == 0)
		return set_flag(&job->enabled, value);
	if (strcmp(key, "all") == 0)
		return set_flag(&job->all, value);
	if (strcmp(key, "vmid") == 0)
		return set_text(&job->vmids, value, is_vmid_list(value), e);
	if (strcmp(key, "exclude") == 0)
		return set_text(&job->exclude, value, is_vmid_list(value), e);
	if (strcmp(key, "pool") == 0)
		return set_text(&job->pool, value, is_true_text(value), e);
	if (strcmp(key, "node") == 0)
		return set_text(&job->node, value, is_node(value), e);
	if (strcmp(key, "mode") == 0)
		return set_mode(job, value);
	if (strcmp(key, "schedule") == 0)
		job->scheduled = value.n > 0;
	return 1;
}

/* verify_vzdump_parameters, check_config: what keeps Proxmox from running it, or NULL. */
static const char *fault(const struct ri_backup_job *job)
{
	if (!job->scheduled)
		return "a job without a schedule";
	if (job->vmids && (job->all || job->exclude || job->pool))
		return "vmid together with all, exclude or pool, so that it cannot be run";
	if (!job->vmids && !job->all && !job->pool && !job->exclude)
		return "a job that chooses no VM";
	return NULL;
}

int ri_backup_jobs_add(struct ri_backup_jobs *to, const char *file, size_t line,
    struct ri_backup_job *job, struct ri_err *e)
{
	const char *why = job->unclear ? NULL : fault(job);
	struct ri_backup_job *v;

	if (!why && to->n >= RI_BACKUP_JOBS_MAX)
		why = "too many jobs";
	if (why)
		return ri_backup_jobs_warn(to, file, line, why, ri_str(job->name), e);
	v = reallocarray(to->v, to->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	to->v = v;
	v[to->n++] = *job;
	*job = (struct ri_backup_job){ 0 };
	return 0;
}

static bool is_set(const struct ri_strv *set, const char *key)
{
	return ri_strv_has(set, key);
}

/* Of a property that is given twice the first value that Proxmox takes counts. */
static int properties(struct ri_backup_jobs *to, const struct ri_section *s,
    struct ri_backup_job *job, struct ri_err *e)
{
	RI_STRV set = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct ri_section_line *l = &s->v[i];
		int took =
		    is_set(&set, l->key) ? 0 : ri_backup_job_set(job, l->key, ri_str(l->value), e);

		if (took < 0 || (took && ri_strv_add(&set, l->key, e) < 0))
			return -1;
		if (!took && ri_backup_jobs_warn(to, "jobs.cfg", l->line, "not taken",
				 ri_str(l->key), e) < 0)
			return -1;
	}
	return 0;
}

static int section(struct ri_backup_jobs *to, const struct ri_section *s, struct ri_err *e)
{
	RI_ON_EXIT(ri_backup_job_free) struct ri_backup_job job = { .enabled = true };

	job.name = strdup(s->id);
	if (!job.name)
		return ri_nomem(e);
	if (properties(to, s, &job, e) < 0)
		return -1;
	return ri_backup_jobs_add(to, "jobs.cfg", s->line, &job, e);
}

int ri_backup_jobs_parse(struct ri_span text, struct ri_backup_jobs *out, struct ri_err *e)
{
	/* Other types of jobs (realm-sync) are no backups. */
	static const char *const types[] = { "vzdump", "realm-sync", NULL };
	RI_ON_EXIT(ri_sections_free) struct ri_sections all = { 0 };

	if (ri_sections_parse(text, RI_SECTION_TYPE_ID, types, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.warnings.n && out->warnings.n < WARNINGS_MAX; i++) {
		RI_BUF said = { 0 };

		ri_buf_addf(&said, "jobs.cfg: %s", all.warnings.v[i]);
		if (ri_buf_check(&said, e) < 0 || ri_strv_add(&out->warnings, said.p, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.v[i].type, "vzdump") == 0 && section(out, &all.v[i], e) < 0)
			return -1;
	return 0;
}

static bool has_vmid(const char *list, unsigned vmid)
{
	struct ri_span rest = ri_str(list ? list : ""), word;
	char want[16];

	snprintf(want, sizeof want, "%u", vmid);
	while (ri_section_word(&rest, &word))
		if (ri_span_eq(word, ri_str(want)))
			return true;
	return false;
}

/* get_included_guests, in its order; of a pool nothing can be excluded. */
static enum ri_backup_cover chooses(const struct ri_backup_job *job, const struct ri_backup_vm *vm)
{
	bool chosen;

	if (job->unclear || (job->pool && !vm->pool_known))
		return RI_BACKUP_NOT_KNOWN;
	if (job->pool)
		chosen = vm->pool && strcmp(job->pool, vm->pool) == 0;
	else if (job->vmids)
		chosen = has_vmid(job->vmids, vm->vmid);
	else
		chosen = !has_vmid(job->exclude, vm->vmid);
	return chosen ? RI_BACKUP_HERE : RI_BACKUP_NOT;
}

enum ri_backup_cover ri_backup_covers(const struct ri_backup_job *job,
    const struct ri_backup_vm *vm)
{
	enum ri_backup_cover c = job->enabled ? chooses(job, vm) : RI_BACKUP_NOT;

	return c == RI_BACKUP_HERE && job->node && strcmp(job->node, vm->node) != 0
		   ? RI_BACKUP_ELSEWHERE
		   : c;
}

void ri_backups_free(struct ri_backups *b)
{
	ri_strv_free(&b->jobs);
	ri_strv_free(&b->stops);
	ri_strv_free(&b->not_known);
}

static int note(const struct ri_backup_job *job, enum ri_backup_cover c, struct ri_backups *out,
    struct ri_err *e)
{
	RI_BUF name = { 0 };

	ri_buf_add_str(&name, job->name);
	if (c == RI_BACKUP_ELSEWHERE)
		ri_buf_addf(&name, " (on %s)", job->node);
	else if (c == RI_BACKUP_NOT_KNOWN)
		ri_buf_addf(&name, " (%s)",
		    job->unclear ? job->unclear : "who is in its pool cannot be read");
	if (ri_buf_check(&name, e) < 0)
		return -1;
	if (c == RI_BACKUP_NOT_KNOWN)
		return ri_strv_add(&out->not_known, name.p, e);
	if (job->stops && ri_strv_add(&out->stops, name.p, e) < 0)
		return -1;
	return ri_strv_add(&out->jobs, name.p, e);
}

int ri_backups_of(const struct ri_backup_jobs *jobs, const struct ri_backup_vm *vm,
    struct ri_backups *out, struct ri_err *e)
{
	for (size_t i = 0; i < jobs->n; i++) {
		enum ri_backup_cover c = ri_backup_covers(&jobs->v[i], vm);

		if (c != RI_BACKUP_NOT && note(&jobs->v[i], c, out, e) < 0)
			return -1;
	}
	return 0;
}
