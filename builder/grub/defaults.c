// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/defaults.h"
#include "grub/shell_lex.h"
#include "grub/shell_value.h"
#include "grub/shell_walk.h"

enum {
	VARS_MAX = 2000,     /* a sane file has twenty */
	VALUE_MAX = 1 << 16, /* the kernel takes some thousand bytes; A=$A$A must end somewhere */
};

/** Why a value is not known, and where it became so. */
struct doubt {
	const char *what; /* a noun; NULL where the value is known */
	const char *path;
	size_t line;
	bool lasting; /* a later assignment does not end it */
};

struct var {
	struct ri_span name; /* in the file's text */
	struct ri_buf value;
	struct doubt doubt;
};

/** The variables so far, and the file that is being read. */
struct env {
	struct var *v;
	size_t n;
	/* Of variables that were never assigned: GRUB_… and others. */
	struct doubt unseen_grub, unseen;
	const char *path;
	struct doubt found; /* while a value is evaluated: the doubt about a variable in it */
};

static void env_free(struct env *env)
{
	for (size_t i = 0; i < env->n; i++)
		ri_buf_free(&env->v[i].value);
	free(env->v);
}

static struct var *find(const struct env *env, struct ri_span name)
{
	for (size_t i = 0; i < env->n; i++)
		if (ri_span_eq(env->v[i].name, name))
			return &env->v[i];
	return NULL;
}

static int find_or_add(struct env *env, struct ri_span name, struct var **out, struct ri_err *e)
{
	struct var *grown;

	*out = find(env, name);
	if (*out)
		return 0;
	if (env->n == VARS_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "more than %d variables", VARS_MAX);
	grown = realloc(env->v, (env->n + 1) * sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	env->v = grown;
	*out = &env->v[env->n++];
	**out = (struct var){ .name = name };
	return 0;
}

/**
 * What grub-mkconfig sets before it sources the files; only the guest at run time knows the values.
 */
static bool is_mkconfigs_own(struct ri_span name)
{
	static const char *const own[] = { "GRUB_DEVICE", "GRUB_DEVICE_UUID",
		"GRUB_DEVICE_PARTUUID", "GRUB_DEVICE_BOOT", "GRUB_DEVICE_BOOT_UUID", "GRUB_FS" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (ri_span_eq(name, ri_str(own[i])))
			return true;
	return false;
}

static const char *lookup(void *arg, struct ri_span name, struct ri_buf *out)
{
	struct env *env = arg;
	const struct var *var = find(env, name);

	if (!var && is_mkconfigs_own(name))
		return "a variable that grub-mkconfig sets";
	if (var)
		env->found = var->doubt;
	else
		env->found = ri_span_starts(name, "GRUB_") ? env->unseen_grub : env->unseen;
	if (!env->found.what && var)
		ri_buf_add_span(out, ri_buf_span(&var->value));
	return out->n > VALUE_MAX ? "text of more than 64 KiB" : env->found.what;
}

static int on_assign(void *arg, struct ri_span word, size_t line, struct ri_err *e)
{
	struct env *env = arg;
	struct ri_span name = ri_span(word.p, ri_shell_name(word));
	RI_BUF value = { 0 };
	struct doubt doubt = { .path = env->path, .line = line };
	struct var *var;

	env->found = (struct doubt){ 0 };
	word = ri_span_skip(word, name.n + 1);
	doubt.what = ri_shell_value(word, lookup, env, &value);
	if (!doubt.what && value.n > VALUE_MAX)
		doubt.what = "text of more than 64 KiB";
	if (doubt.what && env->found.what)
		doubt = env->found; /* where it began is more helpful than where it was used */
	doubt.lasting = false;
	if (ri_buf_check(&value, e) < 0 || find_or_add(env, name, &var, e) < 0)
		return -1;
	if (var->doubt.lasting)
		return 0;
	ri_buf_free(&var->value);
	var->value = value;
	value = (struct ri_buf){ 0 };
	var->doubt = doubt;
	return 0;
}

static int on_touch(void *arg, struct ri_span name, size_t line, const char *how, bool lasting,
    struct ri_err *e)
{
	struct env *env = arg;
	struct var *var;

	if (find_or_add(env, name, &var, e) < 0)
		return -1;
	if (!var->doubt.lasting)
		var->doubt = (struct doubt){ how, env->path, line, lasting };
	return 0;
}

static int on_anything(void *arg, size_t line, const char *how, bool but_grub, struct ri_err *e)
{
	struct env *env = arg;
	struct doubt doubt = { how, env->path, line, false };

	(void)e;
	for (size_t i = 0; i < env->n; i++)
		if (!env->v[i].doubt.lasting &&
		    !(but_grub && ri_span_starts(env->v[i].name, "GRUB_")))
			env->v[i].doubt = doubt;
	env->unseen = doubt;
	if (!but_grub)
		env->unseen_grub = doubt;
	return 0;
}

static int on_unset(void *arg, struct ri_span name, size_t line, struct ri_err *e)
{
	struct env *env = arg;
	struct var *var;

	(void)line;
	if (find_or_add(env, name, &var, e) < 0)
		return -1;
	if (!var->doubt.lasting) {
		ri_buf_free(&var->value);
		var->doubt = (struct doubt){ 0 };
	}
	return 0;
}

static int refuse(const struct doubt *d, const char *name, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0,
	    "%s:%zu: %s is computed by %s; ramimg runs no shell of the guest: assign the plain value "
	    "there",
	    d->path, d->line, name, d->what);
}

int ri_shellvars_get(const struct ri_shellfile *files, size_t n, const char *name,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(env_free) struct env env = { 0 };
	const struct ri_shell_events ev = { on_assign, on_touch, on_anything, on_unset, &env };
	const struct var *var;
	const struct doubt *doubt;

	for (size_t i = 0; i < n; i++) {
		env.path = files[i].path;
		if (ri_shell_walk(files[i].text, &ev, e) < 0)
			return ri_ctx(e, "%s", files[i].path);
	}
	var = find(&env, ri_str(name));
	if (var)
		doubt = &var->doubt;
	else
		doubt = strncmp(name, "GRUB_", 5) == 0 ? &env.unseen_grub : &env.unseen;
	if (doubt->what)
		return refuse(doubt, name, e);
	if (var)
		ri_buf_add_span(out, ri_buf_span(&var->value));
	return ri_buf_check(out, e);
}
