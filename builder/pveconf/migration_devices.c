// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration_internal.h"

#include <strings.h>

static bool is_spice(const char *value)
{
	return ri_mig_has_part(value, "spice") || ri_mig_has_part(value, "host=spice");
}

static bool is_socket(const char *value)
{
	return strcmp(value, "socket") == 0;
}

/* The value of the key that may be left out. */
static struct ri_span first_part(const char *list, const char *key)
{
	size_t n = strcspn(list, ",");

	return memchr(list, '=', n) ? ri_mig_part(list, key) : ri_span(list, n);
}

/* The nodes that have a device for it (Mapping/PCI.pm:get_node_mapping; what cannot be parsed is passed over). */
static int nodes_of(const struct ri_section *mapping, struct ri_strv *out, struct ri_err *e)
{
	for (size_t i = 0; i < mapping->n; i++) {
		const char *map = mapping->v[i].value;
		struct ri_span node = ri_mig_part(map, "node");
		RI_FREE char *name = NULL;

		if (strcmp(mapping->v[i].key, "map") != 0 || node.n == 0 ||
		    ri_mig_part(map, "id").n == 0 || ri_mig_part(map, "path").n == 0)
			continue;
		name = ri_span_dup(node);
		if (!name)
			return ri_nomem(e);
		if (!ri_strv_has(out, name) && ri_strv_add(out, name, e) < 0)
			return -1;
	}
	ri_strv_sort(out);
	return 0;
}

/* One that moves live, to nodes that have one too. */
static int capable(struct ri_migcheck *k, const char *key, const struct ri_section *mapping)
{
	RI_STRV nodes = { 0 };
	RI_BUF text = { 0 };

	if (nodes_of(mapping, &nodes, k->e) < 0)
		return -1;
	if (k->vm->target && !ri_strv_has(&nodes, k->vm->target))
		return ri_mig_say(k,
		    "%s: the mapping '%.60s' has no device on %s; add one (Datacenter, Resource Mappings)",
		    key, mapping->id, k->vm->target);
	ri_buf_addf(&text, "have the mapping '%s'", mapping->id);
	if (ri_buf_check(&text, k->e) < 0 || (!k->vm->target && ri_mig_only(k, &nodes, text.p) < 0))
		return -1;
	return ri_mig_remark(k,
	    "%s: the mapping '%.60s' moves live with qemu-server 8.3.9 or later, if device and driver "
	    "can do it, which is not known",
	    key, mapping->id);
}

/* A mapped PCI device (Helpers.pm:check_local_resources, QemuMigrate.pm:prepare). */
static int mapped(struct ri_migcheck *k, const struct ri_vmline *l, struct ri_span name)
{
	RI_FREE char *id = ri_span_dup(name);
	const struct ri_section *mapping;

	if (!id)
		return ri_nomem(k->e);
	mapping = ri_sections_find(&k->cluster->file[RI_CLUSTER_PCI], id);
	if (!mapping)
		return ri_mig_say(k, "%s: there is no mapping '%.60s' (/etc/pve/mapping/pci.cfg)",
		    l->key, id);
	if (ri_section_true(mapping, "live-migration-capable", false))
		return capable(k, l->key, mapping);
	return ri_mig_say(k,
	    "%s: the mapping '%.60s' is not marked as able to move live; if device and driver are: pvesh "
	    "set /cluster/mapping/pci/%.60s --live-migration-capable 1",
	    l->key, id, id);
}

static int numbered(struct ri_migcheck *k, const struct ri_vmline *l)
{
	static const struct {
		const char *name;
		bool (*harmless)(const char *value); /* it is not of this node */
		const char *what;
	} kinds[] = {
		{ "hostpci", NULL, "a PCI device of this node" },
		/* One that is mapped may be on several, and does not move live either. */
		{ "usb", is_spice, "a USB device of this node" },
		{ "serial", is_socket, "a serial port of this node" },
		{ "parallel", NULL, "a parallel port of this node" },
		{ "virtiofs", NULL, "a directory of this node" },
	};
	struct ri_span mapping = ri_mig_part(l->value, "mapping");

	if (mapping.n > 0 && ri_mig_numbered(l->key, "hostpci"))
		return mapped(k, l, mapping);
	for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++)
		if (ri_mig_numbered(l->key, kinds[j].name) &&
		    !(kinds[j].harmless && kinds[j].harmless(l->value)))
			return ri_mig_say(k, "%s: %s (%.60s)", l->key, kinds[j].what, l->value);
	return 0;
}

static int single(struct ri_migcheck *k, const struct ri_vmline *l)
{
	static const struct {
		const char *key, *what;
	} kinds[] = {
		{ "ivshmem", "shared memory of this node" },
		{ "amd-sev", "memory that this node's processor encrypts" },
		{ "intel-tdx", "memory that this node's processor encrypts" },
		{ "hostusb", "a USB device of this node" },
		{ "hostpci", "a PCI device of this node" },
	};

	for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++)
		if (strcmp(l->key, kinds[j].key) == 0)
			return ri_mig_say(k, "%s: %s", l->key, kinds[j].what);
	return 0;
}

bool ri_mig_has_clipboard(const struct ri_vmconf *c)
{
	const char *vga = ri_vmsection_get(&c->v[0], "vga");

	return vga && ri_mig_has_part(vga, "clipboard=vnc");
}

/* "pc-i440fx-9.2+pve1": what stands behind the first "-" that has a number after it. */
static bool version_of(const char *machine, unsigned long *major, unsigned long *minor)
{
	char *dot;

	for (const char *c = strchr(machine, '-'); c; c = strchr(c + 1, '-')) {
		if (c[1] < '0' || c[1] > '9')
			continue;
		*major = strtoul(c + 1, &dot, 10);
		if (*dot != '.' || dot[1] < '0' || dot[1] > '9')
			continue;
		*minor = strtoul(dot + 1, NULL, 10);
		return true;
	}
	return false;
}

static int without_clipboard(struct ri_migcheck *k, unsigned long major, unsigned long minor)
{
	RI_BUF rest = { 0 };

	for (const char *c = ri_vmsection_get(&k->vm->conf->v[0], "vga"); *c; c += *c == ',') {
		size_t n = strcspn(c, ",");

		if (n != strlen("clipboard=vnc") || strncasecmp(c, "clipboard=vnc", n) != 0)
			ri_buf_addf(&rest, "%s%.*s", rest.n > 0 ? "," : "", (int)n, c);
		c += n;
	}
	if (ri_buf_check(&rest, k->e) < 0)
		return -1;
	return ri_mig_say(k,
	    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and it has %lu.%lu; "
	    "without it from the next start on: qm set %u --%s%s",
	    major, minor, k->vm->vmid, rest.n > 0 ? "vga " : "delete vga",
	    rest.n > 0 ? rest.p : "");
}

/* Since qemu-server 9 a machine of version 10.1 can take its clipboard along; with 8 none can. */
static int clipboard(struct ri_migcheck *k)
{
	const struct ri_miglive *l = &k->vm->live;
	const char *fixed = ri_vmsection_get(&k->vm->conf->v[0], "machine");
	const char *machine = *l->machine ? l->machine : !l->running && fixed ? fixed : "";
	unsigned long major = 0, minor = 0;

	if (!ri_mig_has_clipboard(k->vm->conf))
		return 0;
	if (!version_of(machine, &major, &minor)) {
		if (!l->running)
			return ri_mig_remark(k,
			    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, "
			    "which it will have is not known before it runs");
		return ri_mig_say(k,
		    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and which "
		    "it has is not known");
	}
	if (major > 10 || (major == 10 && minor >= 1))
		return 0;
	return without_clipboard(k, major, minor);
}

int ri_mig_devices(struct ri_migcheck *k)
{
	const struct ri_vmsection *m = &k->vm->conf->v[0];

	for (size_t i = 0; i < m->n; i++)
		if (numbered(k, &m->v[i]) < 0 || single(k, &m->v[i]) < 0)
			return -1;
	return clipboard(k);
}

/* The bridges of its networks: without one, the target does not start the VM (pve-bridge). */
static int bridges(struct ri_migcheck *k)
{
	const struct ri_vmsection *m = &k->vm->conf->v[0];
	RI_STRV names = { 0 };
	RI_BUF list = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		struct ri_span name = ri_mig_part(m->v[i].value, "bridge");
		RI_FREE char *bridge = NULL;

		if (!ri_mig_numbered(m->v[i].key, "net") || name.n == 0)
			continue;
		bridge = ri_span_dup(name);
		if (!bridge)
			return ri_nomem(k->e);
		if (!ri_strv_has(&names, bridge) && ri_strv_add(&names, bridge, k->e) < 0)
			return -1;
	}
	ri_mig_list(&names, &list);
	if (ri_buf_check(&list, k->e) < 0)
		return -1;
	return names.n == 0
		   ? 0
		   : ri_mig_remark(k,
			 "whether %s has the network bridge %.200s is not known; without it the "
			 "migration ends there",
			 k->vm->target, list.p);
}

int ri_mig_unknown(struct ri_migcheck *k)
{
	const struct ri_vmsection *m = &k->vm->conf->v[0];
	const char *cpu = ri_vmsection_get(m, "cpu"), *args = ri_vmsection_get(m, "args");

	if (!k->vm->target)
		return 0;
	if (bridges(k) < 0)
		return -1;
	if (cpu && ri_span_eq(first_part(cpu, "cputype"), ri_str("host")) &&
	    ri_mig_remark(k,
		"cpu: host is only safe to move between processors of the same model; which %s has is "
		"not known",
		k->vm->target) < 0)
		return -1;
	if (args &&
	    ri_mig_remark(k,
		"args: QEMU gets them on %s as well; whether what they name is there is not "
		"known (%.80s)",
		k->vm->target, args) < 0)
		return -1;
	return ri_mig_remark(k,
	    "not known of %s: whether it is online and can be reached by SSH, has memory for the VM, and "
	    "has a QEMU as new as this node's",
	    k->vm->target);
}
