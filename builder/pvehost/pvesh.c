// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/pvesh.h"
#include "base/log.h"
#include "host/json.h"
#include "host/process.h"
#include "pveconf/vmconf_drive.h"
#include "pvehost/pass_over_internal.h"

#include <errno.h>

/* Perl has to start, and a node to answer. */
#define LIMIT_S 60

static int say(struct ri_strv *out, const char *what, const char *which, struct ri_err *e)
{
	RI_BUF line = { 0 };

	ri_buf_addf(&line, "Proxmox VE: %s %s", what, which);
	return ri_buf_check(&line, e) < 0 ? -1 : ri_strv_add(out, line.p, e);
}

/* What the configuration names has been judged by then (pveconf/migration.h), and better than as a list. */
static int is_judged(const struct ri_vmconf *c, const char *volid, bool *judged, struct ri_err *e)
{
	*judged = false;
	for (size_t i = 0; i < c->n && !*judged; i++) {
		RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

		if (ri_drives_of(&c->v[i], &d, e) < 0)
			return -1;
		for (size_t k = 0; k < d.n && !*judged; k++)
			*judged = strcmp(d.v[k].file, volid) == 0;
	}
	return 0;
}

static int take_local(json_t *answer, const struct ri_vmconf *c, struct ri_strv *out,
    struct ri_err *e)
{
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(answer, "local_disks"), i, x)
	{
		const char *volid = json_string_value(json_object_get(x, "volid"));

		bool judged = false;

		if (volid && is_judged(c, volid, &judged, e) < 0)
			return -1;
		if (!judged && say(out, "local disk", volid ? volid : "?", e) < 0)
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

static int refuses(const char *node, json_t *why, struct ri_strv *out, struct ri_err *e)
{
	RI_BUF line = { 0 };

	ri_buf_addf(&line, "%s: ", node);
	return ri_json_write(why, JSON_COMPACT | JSON_ENCODE_ANY, &line, e) < 0
		   ? -1
		   : say(out, "not to", line.p, e);
}

/*
 * A VM that can go nowhere, or not to @target, and why by node. An older Proxmox does not say where a VM that runs
 * can; and it knows of a node that it allows under not_allowed_nodes too, with nothing in it.
 */
static int take_nodes(json_t *answer, const char *target, struct ri_strv *out, struct ri_err *e)
{
	json_t *allowed = json_object_get(answer, "allowed_nodes");
	json_t *refused = json_object_get(answer, "not_allowed_nodes"), *why;
	const char *node;

	why = target ? json_object_get(refused, target) : NULL;
	if (json_object_size(why) > 0)
		return refuses(target, why, out, e);
	if (!json_is_array(allowed) || json_array_size(allowed) > 0)
		return 0;
	if (json_object_size(refused) == 0)
		return say(out, "no node", "to go to", e);
	json_object_foreach(refused, node, why) if (refuses(node, why, out, e) < 0) return -1;
	return 0;
}

/* @return 1 with its answer; 0 without one, and what went wrong in @blockers if there is a pvesh; -1. */
static int ask(const char *path, struct ri_buf *out, struct ri_strv *blockers, struct ri_err *e)
{
	const char *argv[] = { "pvesh", "get", path, "--output-format", "json", NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	struct ri_process_opts opts = { .timeout_s = LIMIT_S };
	struct ri_err why = { 0 };
	struct ri_span said = ri_str("");
	RI_BUF line = { 0 };

	if (ri_process_run(argv, &opts, &r, &why) < 0) {
		if (ri_pass_over(&why, e) < 0)
			return -1;
		ri_log(RI_LOG_DEBUG, "Proxmox VE was not asked: %s", why.msg);
		return why.sys == ENOENT ? 0 : say(blockers, "cannot be asked:", why.msg, e);
	}
	if (r.status == 0) {
		*out = r.out;
		r.out = (struct ri_buf){ 0 };
		return 1;
	}
	for (struct ri_span all = ri_span_trim(ri_buf_span(&r.err)); said.n == 0 && all.n > 0;)
		ri_span_line(&all, &said);
	said = ri_span_trim(said);
	ri_buf_addf(&line, "(pvesh, status %d) %.*s", r.status, (int)(said.n < 200 ? said.n : 200),
	    said.p);
	return ri_buf_check(&line, e) < 0 ? -1 : say(blockers, "refuses:", line.p, e);
}

int ri_pvesh_migrate(const struct ri_pvehost *h, unsigned vmid, const char *target,
    struct ri_strv *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	RI_JSON answer = NULL;
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };
	int rc;

	ri_buf_addf(&path, "/nodes/%s/qemu/%u/migrate", h->node, vmid);
	if (ri_buf_check(&path, e) < 0 || ri_pvevm_load(h, vmid, &vm, e) < 0)
		return -1;
	rc = ask(path.p, &text, out, e);
	if (rc <= 0)
		return rc;
	answer = json_loadb(text.p ? text.p : "", text.n, 0, NULL);
	if (!json_is_object(answer))
		return say(out, "answers", "with no JSON object", e);
	return take_local(answer, &vm.conf, out, e) < 0 ? -1 : take_nodes(answer, target, out, e);
}
