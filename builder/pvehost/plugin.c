// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/plugin.h"
#include "base/log.h"
#include "host/process.h"
#include "pvehost/pass_over_internal.h"

#define CONFIG "my $c = PVE::Storage::config(); "

/* The one line that is an absolute path. */
static int path_in(const struct ri_buf *answer, char **path, struct ri_err *e)
{
	struct ri_span s = ri_span_trim(ri_buf_span(answer));

	if (s.n == 0 || s.p[0] != '/' || memchr(s.p, '\n', s.n))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "its storage does not provide it as a file or device of this host (%.*s)",
		    (int)(s.n < 100 ? s.n : 100), s.p);
	*path = ri_span_dup(s);
	return *path ? 0 : ri_nomem(e);
}

int ri_plugin_path(const char *volid, char **path, struct ri_err *e)
{
	const char *argv[] = { "pvesm", "path", volid, NULL };
	struct ri_process_opts opts = { .timeout_s = 30 };
	RI_BUF answer = { 0 };

	return ri_process_check(argv, &opts, &answer, e) < 0 ? -1 : path_in(&answer, path, e);
}

/* What map_volume answers where the volume needs no mapping is the plugin's affair: path() has it. */
static int activate(const char *volid, struct ri_active *a, struct ri_err *e)
{
	static const char on[] = CONFIG
	    "PVE::Storage::activate_volumes($c, [$ARGV[0]]); print PVE::Storage::map_volume($c, "
	    "$ARGV[0]) || scalar(PVE::Storage::path($c, $ARGV[0]));";
	static const char off[] = CONFIG "PVE::Storage::unmap_volume($c, $ARGV[0]); "
					 "PVE::Storage::deactivate_volumes($c, [$ARGV[0]]);";
	const char *argv[] = { "perl", "-MPVE::Storage", "-e", on, volid, NULL };
	const char *back[] = { "perl", "-MPVE::Storage", "-e", off, volid, NULL };
	struct ri_process_opts opts = { .timeout_s = 60 };
	RI_STRV way_back = { 0 };
	RI_BUF answer = { 0 };
	int rc;

	/* Known before there is something to take back: then there may be no memory for it. */
	for (const char **arg = back; *arg; arg++)
		if (ri_strv_add(&way_back, *arg, e) < 0)
			return -1;
	ri_log(RI_LOG_DEBUG, "running perl for a volume");
	rc = ri_process_check(argv, &opts, &answer, e);
	/* Neither a signal nor a lack of memory for the answer says that nothing was done. */
	if (rc == 0 || e->code == RI_E_CANCELLED || e->code == RI_E_NOMEM) {
		a->off = way_back;
		way_back = (struct ri_strv){ 0 };
	}
	return rc < 0 ? -1 : path_in(&answer, &a->device, e);
}

int ri_plugin_activate(const char *volid, const char *path, struct ri_active *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_deactivate) struct ri_active a = { 0 };

	if (access(path, F_OK) < 0) {
		if (activate(volid, &a, e) < 0)
			return ri_ctx(e, "activating %s", volid);
		if (access(a.device, F_OK) < 0)
			return ri_fail(e, RI_E_MISSING, 0, "%s does not exist: there is no %s",
			    volid, a.device);
	}
	*out = a;
	a = (struct ri_active){ 0 };
	return 0;
}

static void take_shared(struct ri_storages *s, struct ri_span line)
{
	line = ri_span_trim(line);
	for (size_t i = 0; i < s->n; i++) {
		struct ri_storage *x = &s->v[i];
		size_t n = strlen(x->id);

		if (x->shared_known || line.n != n + 2 || memcmp(line.p, x->id, n) != 0 ||
		    line.p[n] != ' ' || (line.p[n + 1] != '0' && line.p[n + 1] != '1'))
			continue;
		x->shared = line.p[n + 1] == '1';
		x->shared_known = true;
	}
}

/* A storage whose plugin is not installed is not in Proxmox's own reading, and so not in the answer. */
int ri_plugin_shared(struct ri_storages *s, struct ri_err *e)
{
	static const char script[] = CONFIG
	    "my $i = $c->{ids}; print map { $_ . ' ' . ($i->{$_}->{shared} ? 1 : 0) . qq(\n) } "
	    "sort keys %$i;";
	const char *argv[] = { "perl", "-MPVE::Storage", "-e", script, NULL };
	struct ri_process_opts opts = { .timeout_s = 60 };
	struct ri_err why = { 0 };
	struct ri_span all, line;
	RI_BUF answer = { 0 };
	bool known = true;

	for (size_t i = 0; i < s->n; i++)
		known = known && s->v[i].shared_known;
	if (known)
		return 0;
	if (ri_process_check(argv, &opts, &answer, &why) < 0) {
		ri_log(RI_LOG_DEBUG, "the plugins cannot be asked what is shared: %s", why.msg);
		return ri_pass_over(&why, e);
	}
	all = ri_buf_span(&answer);
	while (ri_span_line(&all, &line))
		take_shared(s, line);
	return 0;
}
