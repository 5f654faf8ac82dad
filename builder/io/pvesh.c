#include "io/pvesh.h"
#include "base/log.h"
#include "io/json.h"
#include "io/proc.h"

/* Perl has to start, and a node to answer. */
#define LIMIT_S 60

static int say(struct ri_strv *out, const char *what, const char *which, struct ri_err *e)
{
	RI_BUF line = { 0 };

	ri_buf_addf(&line, "Proxmox VE: %s %s", what, which);
	return ri_buf_check(&line, e) < 0 ? -1 : ri_strv_add(out, line.p, e);
}

static int take(json_t *answer, struct ri_strv *out, struct ri_err *e)
{
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(answer, "local_disks"), i, x)
	{
		const char *volid = json_string_value(json_object_get(x, "volid"));

		if (say(out, "local disk", volid ? volid : "?", e) < 0)
			return -1;
	}
	json_array_foreach(json_object_get(answer, "local_resources"), i, x)
	{
		const char *name = json_string_value(x);

		if (say(out, "local resource", name ? name : "?", e) < 0)
			return -1;
	}
	return 0;
}

int ri_pvesh_migrate(const struct ri_pvehost *h, unsigned vmid, struct ri_strv *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_proc_result_free) struct ri_proc_result r = { 0 };
	struct ri_proc_opts opts = { .timeout_s = LIMIT_S };
	struct ri_err why = { 0 };
	RI_JSON answer = NULL;
	RI_BUF path = { 0 };

	ri_buf_addf(&path, "/nodes/%s/qemu/%u/migrate", h->node, vmid);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	const char *argv[] = { "pvesh", "get", path.p, "--output-format", "json", NULL };

	if (ri_proc_run(argv, &opts, &r, &why) < 0) {
		if (why.code == RI_E_CANCELLED || why.code == RI_E_NOMEM) {
			*e = why;
			return -1;
		}
		ri_log(RI_LOG_DEBUG, "Proxmox VE was not asked: %s", why.msg);
		return 0;
	}
	if (r.status != 0) {
		struct ri_span said = ri_span_trim(ri_buf_span(&r.err));

		ri_log(RI_LOG_WARN, "pvesh get %s: status %d: %.*s", path.p, r.status,
		    (int)(said.n < 200 ? said.n : 200), said.p);
		return 0;
	}
	answer = json_loadb(r.out.p ? r.out.p : "", r.out.n, 0, NULL);
	return take(answer, out, e);
}
