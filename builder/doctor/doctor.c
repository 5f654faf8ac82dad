// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/internal.h"
#include "base/cancel.h"

/** A check; its name is also that of the program that ri_look_tool looks for. */
static const struct row {
	const char *name, *needs;
	ri_look_fn *look;
	unsigned parts;
} rows[] = {
	{ "host", "volumes by their names in Proxmox VE", ri_look_host, RI_DOCTOR_REST },
	{ "qemu-img", "staging a disk and reading its format", ri_look_tool, RI_DOCTOR_STAGE },
	{ "qemu-nbd", "reading qcow2 and vmdk", ri_look_tool, RI_DOCTOR_STAGE },
	{ "libguestfs", "the appliance that writes to a disk", ri_look_libguestfs,
	    RI_DOCTOR_APPLIANCE },
	{ "supermin", "making the appliance", ri_look_supermin, RI_DOCTOR_APPLIANCE },
	{ "kernel", "the appliance's kernel and modules, which are this host's", ri_look_kernel,
	    RI_DOCTOR_APPLIANCE },
	{ "cache", "keeping the appliance", ri_look_cache, RI_DOCTOR_APPLIANCE },
	{ "qemu", "running the appliance", ri_look_hypervisor, RI_DOCTOR_APPLIANCE },
	{ "kvm", "an appliance that starts in seconds", ri_look_kvm, RI_DOCTOR_APPLIANCE },
	{ "memory", "the appliance's memory", ri_look_memory, RI_DOCTOR_REST },
	{ "stage", "room for the overlay (stage.dir)", ri_look_stage, RI_DOCTOR_STAGE },
	{ "out", "room for the artifacts (--out)", ri_look_out, RI_DOCTOR_APPLIANCE },
	{ "output", "room for the new image (--output)", ri_look_output, RI_DOCTOR_APPLIANCE },
	{ "target", "room for what the disk grows by", ri_look_target, RI_DOCTOR_REST },
	{ "vms", "VMs whose next start gets their roots into RAM", ri_look_vms, RI_DOCTOR_REST },
};
_Static_assert(sizeof rows / sizeof *rows <= RI_DOCTOR_ROWS, "the table is too small");

int ri_doctor_look(const struct ri_doctor_host *h, unsigned parts, struct ri_doctor *out,
    struct ri_err *e)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_checked *r = &out->v[out->n];

		if (!(rows[i].parts & parts))
			continue;
		*r = (struct ri_checked){ .name = rows[i].name, .needs = rows[i].needs };
		out->n++;
		if (rows[i].look(h, parts & RI_DOCTOR_VERSIONS, r, e) < 0 ||
		    ri_cancel_check(e) < 0 || ri_buf_check(&r->found, e) < 0 ||
		    ri_buf_check(&r->remedy, e) < 0)
			return -1;
		if (r->found.n == 0)
			out->n--;
	}
	return 0;
}

size_t ri_doctor_missing(const struct ri_doctor *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->v[i].health == RI_HEALTH_MISSING;
	return n;
}

int ri_doctor_refuse(const struct ri_doctor *d, struct ri_err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct ri_checked *r = &d->v[i];

		if (r->health == RI_HEALTH_MISSING)
			return ri_fail(e, r->room ? RI_E_BUDGET : RI_E_IO, 0,
			    "%s: %s; %s%s(`ramimg doctor` shows all that a build needs)", r->name,
			    r->found.p, r->remedy.n > 0 ? r->remedy.p : "",
			    r->remedy.n > 0 ? " " : "");
	}
	return 0;
}

void ri_doctor_free(struct ri_doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		ri_buf_free(&d->v[i].found);
		ri_buf_free(&d->v[i].remedy);
	}
	d->n = 0;
}

const char *ri_health_word(enum ri_health health)
{
	static const char *const words[] = { [RI_HEALTH_OK] = "ok",
		[RI_HEALTH_WARNING] = "warning",
		[RI_HEALTH_MISSING] = "missing" };

	return words[health];
}
