// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/machine.h"
#include "format/status_lines.h"
#include "host/json.h"

#include <stdarg.h>

static const struct {
	const char *word;
	const char *controller; /* its device; NULL: none, or the machine has it */
	unsigned unplugs;       /* nothing that ramimg detach leaves: pveconf/qemu_names.c */
} buses[] = {
	[RI_TRIAL_VIRTIO_SCSI] = { "virtio-scsi", "virtio-scsi-pci", 2 },
	[RI_TRIAL_LSI] = { "lsi", "lsi", 2 },
	[RI_TRIAL_LSI53C810] = { "lsi53c810", "lsi53c810", 2 },
	[RI_TRIAL_MEGASAS] = { "megasas", "megasas", 0 },
	[RI_TRIAL_PVSCSI] = { "pvscsi", "pvscsi", 0 },
	[RI_TRIAL_VIRTIO] = { "virtio", NULL, 1 },
	[RI_TRIAL_SATA] = { "sata", "ahci", 0 },
	[RI_TRIAL_IDE] = { "ide", NULL, 0 },
};

unsigned ri_trial_unplugs(enum ri_trial_bus bus)
{
	return buses[bus].unplugs;
}

const char *ri_trial_bus_word(enum ri_trial_bus bus)
{
	return buses[bus].word;
}

/* Each appends to what may have failed already: only the end is looked at. */
struct args {
	struct ri_strv *v;
	struct ri_err *e;
	int rc;
};

static void add(struct args *a, const char *option, const char *fmt, ...) RI_PRINTF(3, 4);
static void add(struct args *a, const char *option, const char *fmt, ...)
{
	char value[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof value, fmt, ap);
	va_end(ap);
	if (a->rc == 0 &&
	    (ri_strv_add(a->v, option, a->e) < 0 || ri_strv_add(a->v, value, a->e) < 0))
		a->rc = -1;
}

static void flag(struct args *a, const char *option)
{
	if (a->rc == 0)
		a->rc = ri_strv_add(a->v, option, a->e);
}

/* A block device, as JSON: a path may hold a comma. @node is taken over. */
static void add_node(struct args *a, json_t *node)
{
	RI_JSON j = node;
	RI_BUF text = { 0 };

	if (a->rc < 0)
		return;
	if (ri_json_write(j, JSON_COMPACT | JSON_SORT_KEYS, &text, a->e) < 0 ||
	    ri_strv_add(a->v, "-blockdev", a->e) < 0 || ri_strv_add(a->v, text.p, a->e) < 0)
		a->rc = -1;
}

static void add_socket(struct args *a, const char *id, int fd)
{
	add(a, "-chardev", "socket,id=%s,fd=%d", id, fd);
}

static void add_base(struct args *a, const struct ri_trial_machine *m)
{
	flag(a, "qemu-system-x86_64");
	add(a, "-name", "ramimg-test");
	flag(a, "-nodefaults");
	flag(a, "-no-user-config");
	flag(a, "-no-reboot");
	add(a, "-sandbox",
	    "on,obsolete=deny,spawn=deny,resourcecontrol=deny,elevateprivileges=deny");
	add(a, "-display", "none");
	add(a, "-vga", "std");
	add(a, "-rtc", "base=utc");
	add(a, "-machine", "%s%s", m->q35 ? "q35" : "pc", m->secure_boot ? ",smm=on" : "");
	add(a, "-accel", "%s",
	    m->kvm       ? "kvm"
	    : m->threads ? "tcg,thread=multi"
			 : "tcg,thread=single");
	add(a, "-cpu", "%s", m->kvm ? RI_TRIAL_CPU_KVM : RI_TRIAL_CPU);
	add(a, "-smp", "%u", m->cpus);
	add(a, "-m", "%u", m->memory);
	add(a, "-smbios", "type=11,value=%sttyS1", RI_STATUS_OEM);
	if (!m->q35)
		return;
	/* A disk on pcie.0 itself could not be unplugged. */
	add(a, "-device", "i82801b11-bridge,id=pcidmi,bus=pcie.0,addr=1e.0");
	add(a, "-device", "pci-bridge,id=pci.0,bus=pcidmi,addr=1.0,chassis_nr=1");
}

static void add_firmware(struct args *a, const struct ri_trial_machine *m)
{
	if (!m->uefi)
		return;
	if (m->secure_boot)
		add(a, "-global", "driver=cfi.pflash01,property=secure,value=on");
	add_node(a,
	    json_pack("{s:s, s:s, s:b, s:{s:s, s:s, s:b}}", "driver", "raw", "node-name", "code",
		"read-only", 1, "file", "driver", "file", "filename", m->code, "read-only", 1));
	add_node(a, json_pack("{s:s, s:s, s:{s:s, s:s}}", "driver", "raw", "node-name", "vars",
			"file", "driver", "file", "filename", m->vars));
	add(a, "-machine", "pflash0=code,pflash1=vars");
}

static void add_ports(struct args *a)
{
	add_socket(a, "console", RI_TRIAL_CONSOLE_FD);
	add_socket(a, "status", RI_TRIAL_STATUS_FD);
	add_socket(a, "monitor", RI_TRIAL_MONITOR_FD);
	add_socket(a, RI_TRIAL_AGENT, RI_TRIAL_AGENT_FD);
	add(a, "-mon", "chardev=monitor,mode=control");
	add(a, "-device", "isa-serial,chardev=console,index=0");
	add(a, "-device", "isa-serial,chardev=status,index=1");
	add(a, "-device", "virtio-serial-pci,id=qga0,bus=pci.0,addr=0x8");
	add(a, "-device",
	    "virtserialport,bus=qga0.0,chardev=" RI_TRIAL_AGENT ",name=org.qemu.guest_agent.0");
}

static void add_disk(struct args *a, const struct ri_trial_machine *m)
{
	static const char disk[] = "drive=disk,id=" RI_TRIAL_DISK ",bootindex=100";
	static const char on[] = "bus=" RI_TRIAL_CONTROLLER ".0";
	const char *controller = buses[m->bus].controller;

	/* The format is said, here and in the overlay's header. What the guest flushes need not survive this host. */
	add_node(a, json_pack("{s:s, s:s, s:s, s:{s:b, s:b}, s:{s:s, s:s}}", "driver", "qcow2",
			"node-name", "disk", "discard", "unmap", "cache", "direct", 0, "no-flush",
			1, "file", "driver", "file", "filename", m->overlay));
	if (controller)
		add(a, "-device", "%s,id=" RI_TRIAL_CONTROLLER ",bus=pci.0,addr=%s", controller,
		    m->bus == RI_TRIAL_SATA ? "0x7" : "0x5");
	switch (m->bus) {
	case RI_TRIAL_VIRTIO:
		add(a, "-device", "virtio-blk-pci,bus=pci.0,addr=0xa,%s", disk);
		break;
	case RI_TRIAL_SATA:
		add(a, "-device", "ide-hd,%s,%s", on, disk);
		break;
	case RI_TRIAL_IDE:
		add(a, "-device", "ide-hd,bus=ide.0,%s", disk);
		break;
	case RI_TRIAL_LSI:
	case RI_TRIAL_LSI53C810:
		add(a, "-device", "scsi-hd,%s,scsi-id=%u,%s", on, m->index % 7, disk);
		break;
	case RI_TRIAL_VIRTIO_SCSI:
	case RI_TRIAL_MEGASAS:
	case RI_TRIAL_PVSCSI:
		add(a, "-device", "scsi-hd,%s,channel=0,scsi-id=0,lun=%u,%s", on,
		    m->bus == RI_TRIAL_VIRTIO_SCSI ? m->index : 0, disk);
		break;
	}
}

int ri_trial_argv(const struct ri_trial_machine *m, struct ri_strv *out, struct ri_err *e)
{
	struct args a = { out, e, 0 };

	add_base(&a, m);
	add_firmware(&a, m);
	add_ports(&a);
	add_disk(&a, m);
	if (m->net) {
		add(&a, "-netdev", "user,id=net0");
		add(&a, "-device", "virtio-net-pci,netdev=net0,bus=pci.0,addr=0x12");
	}
	return a.rc;
}
