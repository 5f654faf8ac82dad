// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "detach/ram_status.h"
#include "base/log.h"
#include "host/base64.h"
#include "host/json.h"
#include "pvehost/pvevm.h"
#include "qemu/qmp.h"

#define STATUS_FILE "/run/ramimg/status"
#define STATUS_MAX 65536

static int parse(struct ri_span text, struct ri_loader_status *out, struct ri_err *e)
{
	int rc = ri_loader_status_parse(text, out, e);

	return rc == 0 ? ri_fail(e, RI_E_GUEST, 0,
			     "the guest's " STATUS_FILE " is not a status of the loader")
		       : rc;
}

static int read_status(struct ri_qmp *q, unsigned wait_ms, struct ri_buf *out, struct ri_err *e)
{
	RI_JSON handle = NULL;
	RI_JSON got = NULL;
	struct ri_err ignored;
	const char *data;
	int rc;

	if (ri_qmp_call(q, "guest-file-open",
		json_pack("{s:s, s:s}", "path", STATUS_FILE, "mode", "r"), wait_ms, &handle, e) < 0)
		return -1;
	rc = ri_qmp_call(q, "guest-file-read",
	    json_pack("{s:O, s:i}", "handle", handle, "count", STATUS_MAX), wait_ms, &got, e);
	/* Left open it would cost the agent a descriptor, and us nothing. */
	if (ri_qmp_call(q, "guest-file-close", json_pack("{s:O}", "handle", handle), wait_ms, NULL,
		&ignored) < 0)
		ri_log(RI_LOG_DEBUG, "%s", ignored.msg);
	data = json_string_value(json_object_get(got, "buf-b64"));
	if (rc == 0 && !data)
		return ri_fail(e, RI_E_IO, 0, "the guest agent sent no content");
	if (rc == 0 && ri_base64_decode(data, out, e) < 0)
		return ri_ctx(e, "what the guest agent sent");
	return rc;
}

static json_int_t number(json_t *o, const char *key)
{
	json_t *n = json_object_get(o, key);

	return json_is_integer(n) ? json_integer_value(n) : -1;
}

/*
 * Whether a disk's address, as the agent has it, may be @d's. One that an agent could not tell may
 * be. Source: qemu qga/qapi-schema.json, GuestDiskAddress; qemu-server QemuServer.pm:
 * print_drivedevice_full (scsiN is LUN N of target 0; on lsi target N, which the agent calls unit as
 * well), PCI.pm (virtio0 to virtio5 in the slots 10 to 15; from virtio6 on, behind a bridge, every
 * virtio disk may be it).
 */
static bool may_be(json_t *address, const struct ri_qemu_names *d)
{
	const char *bus = json_string_value(json_object_get(address, "bus-type"));
	json_int_t slot = number(json_object_get(address, "pci-controller"), "slot");
	json_int_t target = number(address, "target"), unit = number(address, "unit");

	if (!d || !bus || strcmp(bus, "unknown") == 0)
		return true;
	if (strcmp(bus, *d->controller ? "scsi" : "virtio") != 0)
		return false;
	if (*d->controller)
		return target < 0 || unit < 0 || (target == 0 && unit == (json_int_t)d->unit);
	return slot < 0 || d->index > 5 || slot == (json_int_t)d->index + 10;
}

/* A file system on a RAID or a volume group has several. */
static bool lies_on(json_t *disks, const struct ri_qemu_names *d)
{
	json_t *address;
	size_t i;

	json_array_foreach(disks, i, address)
	{
		if (may_be(address, d))
			return true;
	}
	return false;
}

/* A file system on the disk, mounted by whomever since the loader let go of it. */
static int add_mounts(struct ri_qmp *q, unsigned wait_ms, const struct ri_qemu_names *d,
    struct ri_strv *kept, struct ri_err *e)
{
	RI_JSON all = NULL;
	struct ri_err none = { 0 };
	json_t *fs;
	size_t i;

	if (ri_qmp_call(q, "guest-get-fsinfo", NULL, wait_ms, &all, &none) < 0) {
		if (none.code == RI_E_NOMEM || none.code == RI_E_CANCELLED) {
			*e = none;
			return -1;
		}
		ri_log(RI_LOG_DEBUG, "%s", none.msg); /* an old agent, or one told not to */
		return 0;
	}
	json_array_foreach(all, i, fs)
	{
		const char *name = json_string_value(json_object_get(fs, "name"));
		const char *at = json_string_value(json_object_get(fs, "mountpoint"));
		RI_BUF line = { 0 };

		if (!lies_on(json_object_get(fs, "disk"), d))
			continue;
		ri_buf_addf(&line, "%s: is mounted at %s", name ? name : "?", at ? at : "?");
		if (ri_buf_check(&line, e) < 0 || ri_strv_add(kept, line.p, e) < 0)
			return -1;
	}
	return 0;
}

int ri_ram_status_ask(const struct ri_pvehost *h, unsigned vmid, const struct ri_qemu_names *d,
    unsigned wait_ms, struct ri_loader_status *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };

	ri_pvevm_agent(h, vmid, &path);
	if (ri_buf_check(&path, e) < 0 || ri_qga_open(path.p, wait_ms, &q, e) < 0 ||
	    read_status(q, wait_ms, &text, e) < 0 || parse(ri_buf_span(&text), &m, e) < 0 ||
	    add_mounts(q, wait_ms, d, &m.kept, e) < 0)
		return -1;
	*out = m;
	m = (struct ri_loader_status){ 0 };
	return 0;
}
