// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the cluster's files say to a migration: targets, mapped devices, replication, HA. */
#include "unit/check.h"

#include "pveconf/migration.h"

#define STORAGES                                                                                   \
	"dir: local\n\tpath /var/lib/vz\n\tcontent images,iso\n\n"                                 \
	"dir: again\n\tpath /var/lib/vz\n\n"                                                       \
	"zfspool: tank\n\tpool tank\n\n"                                                           \
	"lvm: san\n\tvgname san\n\tshared 1\n\n"                                                   \
	"zfs: iscsi\n\tpool p\n\n"                                                                 \
	"esxi: old\n\tcontent images\n\n"                                                          \
	"rbd: ours\n\tnodes me,two\n\n"
#define DISK "scsi0: san:vm-1-disk-0\n"
#define RESOURCE "vm: 1\n\n"
#define HANDED                                                                                     \
	"HA moves it: qm migrate only asks ha-manager, which takes local disks along and "         \
	"overrides what --force does"
#define UNKNOWN                                                                                    \
	"not known of two: whether it is online and can be reached by SSH, has memory for the "    \
	"VM, and has a QEMU as new as this node's"
#define GPU                                                                                        \
	"gpu\n\tdescription x\n\tlive-migration-capable 1\n"                                       \
	"\tmap id=10de:1,node=two,path=0000:01:00.0\n\tmap id=10de:1,node=me,path=0000:01:00.0\n"  \
	"\tmap id=10de:1,node=two,path=0000:02:00.0\n\tmap node=three,path=0000:01:00.0\n"         \
	"\tmap id=10de:1,path=0000:01:00.0\n\tmap id=10de:1,node=three\n"
#define MOVES                                                                                      \
	"hostpci0: the mapping 'gpu' moves live with qemu-server 8.3.9 or later, if device and "   \
	"driver can do it, which is not known"
#define JOB "local: 1-0\n\ttarget two\n\n"

static const struct {
	const char *conf, *target;
	const char *file[RI_CLUSTER_FILES];
	bool running;
	const char *blockers, *remarks; /* each a line; NULL: none */
} cases[] = {
	/* Storages of some nodes. */
	{ .conf = DISK, .target = "two" },
	{ .conf = "scsi0: ours:vm-1-disk-0\n", .target = "two" },
	{ .conf = "[PENDING]\nscsi0: ours:vm-1-disk-0\n",
	    .target = "three",
	    .blockers = "pending scsi0: ours:vm-1-disk-0: the storage 'ours' is not for three, but "
			"for me, two" },
	/* What is not known is said of a node. */
	{ .conf = "net0: virtio=AA:BB:CC:DD:EE:FF,bridge=vmbr0\nnet1: e1000,bridge=lan\n"
		  "net2: virtio,bridge=vmbr0\nnet3: virtio\nnets: x,bridge=no\n",
	    .target = "two",
	    .remarks = "whether two has the network bridge vmbr0, lan is not known; without it the "
		       "migration ends there" },
	{ .conf = "cpu: host\n",
	    .target = "two",
	    .remarks = "cpu: host is only safe to move between processors of the same model; which "
		       "two has is not known" },
	{ .conf = "cpu: flags=+aes,cputype=host\n",
	    .target = "two",
	    .remarks = "cpu: host is only safe to move between processors of the same model; which "
		       "two has is not known" },
	{ .conf = "cpu: hostile\nprotection: 1\nserial0: socket\n", .target = "two" },
	{ .conf = "cpu: host\nargs: -x\nnet0: virtio,bridge=vmbr0\n" },
	{ .conf = "args: -kernel /boot/vmlinuz\n",
	    .target = "two",
	    .remarks =
		"args: QEMU gets them on two as well; whether what they name is there is not "
		"known (-kernel /boot/vmlinuz)" },
	{ .conf = "template: 0\n" },
	{ .conf = "template: 1\n",
	    .blockers = "it is a template, which never runs; clone it: qm clone 1 NEWID" },
	{ .conf = "lock: suspended\n", .blockers = "the configuration is locked (suspended)" },
	/* Whose volume it is, and whether Proxmox copies such. */
	{ .conf = "ide2: local:9/vm-9-cloudinit.qcow2,media=cdrom\n",
	    .blockers =
		"ide2: local:9/vm-9-cloudinit.qcow2 is the cloud-init drive of VM 9; Proxmox "
		"VE would copy it along and remove it here" },
	{ .conf = "ide2: san:vm-9-cloudinit,media=cdrom\ntpmstate0: san:vm-9-disk-0\n" },
	{ .conf = "tpmstate0: local:9/vm-9-disk-0.raw\n",
	    .blockers =
		"tpmstate0: local:9/vm-9-disk-0.raw is a volume of VM 9, which does not move "
		"along" },
	{ .conf = "scsi1: tank:vm-9-disk-0\n",
	    .blockers = "scsi1: tank:vm-9-disk-0 is a volume of VM 9, which does not move along" },
	{ .conf = "tpmstate0: old:dc/ds/vm.vmdk\n",
	    .blockers =
		"tpmstate0: old:dc/ds/vm.vmdk: Proxmox VE copies no volumes of storages of the "
		"type 'esxi'; move it to shared storage" },
	{ .conf = "tpmstate0: local:1/vm-1-disk-0.raw\n[PENDING]\nscsi0: again:1/vm-1-disk-0.raw\n",
	    .blockers = "pending scsi0: again:1/vm-1-disk-0.raw is the same as "
			"local:1/vm-1-disk-0.raw, and Proxmox VE moves none that has two names" },
	{ .conf = "tpmstate0: local:1/vm-1-disk-0.raw\n[PENDING]\ntpmstate0: "
		  "local:1/vm-1-disk-0.raw\n",
	    .blockers =
		"pending tpmstate0: local:1/vm-1-disk-0.raw on local storage would be copied "
		"along; move it to shared storage, or remove it" },
	/* Mapped devices. */
	{ .conf = "hostpci0: mapping=gpu,mdev=nvidia-1\n",
	    .blockers = "hostpci0: there is no mapping 'gpu' (/etc/pve/mapping/pci.cfg)" },
	{ .conf = "hostpci0: mapping=gpu\n",
	    .file = { [RI_CLUSTER_PCI] = "gpu\n\tmap id=1:1,node=me,path=1\n\tmdev 1\n" },
	    .blockers =
		"hostpci0: the mapping 'gpu' is not marked as able to move live; if device and "
		"driver are: pvesh set /cluster/mapping/pci/gpu --live-migration-capable 1" },
	{ .conf = "hostpci0: mapping=gpu,pcie=1\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_PCI] = GPU },
	    .remarks = MOVES },
	{ .conf = "hostpci0: pcie=1,mapping=gpu\n",
	    .target = "three",
	    .file = { [RI_CLUSTER_PCI] = GPU },
	    .blockers = "hostpci0: the mapping 'gpu' has no device on three; add one (Datacenter, "
			"Resource Mappings)" },
	{ .conf = "hostpci0: mapping=gpu\n",
	    .file = { [RI_CLUSTER_PCI] = GPU },
	    .remarks = MOVES "\nit can only go to two: only me, two have the mapping 'gpu'" },
	{ .conf = "usb0: mapping=stick\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_USB] = "stick\n\tmap id=1:1,node=two,path=1-1\n" },
	    .blockers = "usb0: a USB device of this node (mapping=stick)" },
	{ .conf = "virtiofs0: share,cache=auto\n",
	    .file = { [RI_CLUSTER_DIRS] = "share\n\tmap node=two,path=/x\n" },
	    .blockers = "virtiofs0: a directory of this node (share,cache=auto)" },
	/* Replication. */
	{ .conf = DISK, .target = "two", .file = { [RI_CLUSTER_REPLICATION] = JOB } },
	{ .conf = DISK,
	    .target = "three",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB "local: 1-2\n\ttarget four\n\tdisable\n" },
	    .blockers = "its replication (1-0, 1-2) does not go to three, and only one that is "
			"replicated there moves live; add a job, or remove what there is: pvesr "
			"delete 1-0" },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .remarks = "it can only go to two: only two are targets of its replication" },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = "local: 1-0\n\ttarget two\n\tremove_job full\n" },
	    .blockers = "its replication job 1-0 to two is being removed; wait until it is gone" },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_REPLICATION] = "local: 1-0\n\ttarget two\n\tremove_job full\n" },
	    .blockers = "no other node has all that it needs: only none are targets of its "
			"replication" },
	/* With HA, which forces it. */
	{ .conf = DISK,
	    .target = "three",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB, [RI_CLUSTER_RESOURCES] = RESOURCE },
	    .remarks = "its replication (1-0) does not go to three, and fails once the VM is "
		       "there\n" HANDED },
	/* Nobody's jobs, or another's. */
	{ .conf = DISK,
	    .target = "three",
	    .file = { [RI_CLUSTER_REPLICATION] =
			  "local: 11-0\n\ttarget two\n\nlocal: 1-x\n\ttarget two\n\nlocal: 1-\n"
			  "\ttarget two\n\nlocal: 1-3\n\trate 1\n\nother: 1-4\n\ttarget two\n\n"
			  "local: x-1\n\ttarget two\n\nlocal: 1-5\n\ttarget\n" } },
	/* What a job sends, and what it cannot. */
	{ .conf = "[PENDING]\nscsi0: tank:vm-1-disk-0\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .remarks =
		"pending scsi0: tank:vm-1-disk-0 is replicated; what is not yet on the target is "
		"sent first" },
	{ .conf = "[one]\nscsi0: tank:vm-1-disk-0\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .remarks =
		"snapshot's scsi0: tank:vm-1-disk-0 is replicated; what is not yet on the target "
		"is sent first" },
	{ .conf = "unused0: tank:vm-1-disk-0\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = "local: 1-0\n\ttarget three\n" },
	    .blockers =
		"unused0: tank:vm-1-disk-0 on local storage would be copied along; move it to "
		"shared storage, or remove it\n"
		"its replication (1-0) does not go to two, and only one that is replicated there "
		"moves live; add a job, or remove what there is: pvesr delete 1-0" },
	{ .conf = "[PENDING]\nscsi0: tank:vm-1-disk-0,replicate=0\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .blockers =
		"pending scsi0: tank:vm-1-disk-0 on local storage would be copied along; move "
		"it to shared storage, or remove it" },
	{ .conf = "scsi0: tank:vm-1-disk-0\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .blockers =
		"scsi0: tank:vm-1-disk-0 is on local storage; detach it (ramimg detach), or "
		"move it" },
	{ .conf = "[PENDING]\nscsi0: local:1/vm-1-disk-0.raw\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .blockers = "pending scsi0: local:1/vm-1-disk-0.raw is on storage without replication, "
			"which the VM's replication job cannot send, so that it fails, and the "
			"migration with it; add replicate=0 to it, or remove the job" },
	{ .conf = "scsi0: /dev/sdb,shared=1\nscsi1: /dev/sdc,shared=1,replicate=0\n"
		  "ide2: /x.iso,media=cdrom,shared=1\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB },
	    .blockers =
		"scsi0: /dev/sdb is a path, which the VM's replication job cannot send, so that "
		"it fails, and the migration with it; add replicate=0 to it, or remove the "
		"job" },
	/* Cloud-init is no job's. */
	{ .conf = "ide2: local:1/vm-1-cloudinit.qcow2,media=cdrom\n",
	    .target = "two",
	    .file = { [RI_CLUSTER_REPLICATION] = JOB } },
	/* HA: which states count. */
	{ .conf = DISK, .file = { [RI_CLUSTER_RESOURCES] = RESOURCE }, .remarks = HANDED },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tstate enabled\n" },
	    .remarks = HANDED },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tstate ignored\n\tgroup gg\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes me\n\trestricted\n" } },
	{ .conf = DISK, .file = { [RI_CLUSTER_RESOURCES] = "ct: 1\n\nvm: 2\n" } },
	{ .conf = DISK,
	    .running = true,
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tstate stopped\n" },
	    .blockers = "HA stops it (state stopped); ha-manager set vm:1 --state started" },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tstate disabled\n" },
	    .remarks = "HA does not let it run (state disabled)" },
	/* Groups, of Proxmox VE 8. */
	{ .conf = DISK,
	    .target = "three",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tgroup gg\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes me:2,two:1\n\trestricted 1\n" },
	    .blockers =
		"HA moves it away from three at once: the group 'gg' restricts it to me, two; "
		"change it with ha-manager groupset gg --nodes",
	    .remarks = HANDED },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tgroup gg\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes two:1,me:2\n\trestricted 1\n" },
	    .remarks =
		HANDED "\nHA prefers me for it (group 'gg'), and moves it there from two as soon "
		       "as it can" },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tgroup gg\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes me\n\tnofailback 1\n" },
	    .remarks = HANDED },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tgroup gg\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes me,two\n\trestricted\n" },
	    .remarks = HANDED "\nit can only go to two: only me, two are of HA's group 'gg'" },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tgroup gone\n",
		[RI_CLUSTER_GROUPS] = "group: gg\n\tnodes me\n\trestricted\n" },
	    .remarks = HANDED },
	/* Rules, of Proxmox VE 9. */
	{ .conf = DISK,
	    .target = "three",
	    .file = { [RI_CLUSTER_RESOURCES] = RESOURCE,
		[RI_CLUSTER_RULES] =
		    "node-affinity: rr\n\tresources vm:2,vm:1\n\tnodes me,two\n\tstrict 1\n" },
	    .blockers =
		"HA moves it away from three at once: the rule 'rr' restricts it to me, two; "
		"change it with ha-manager rules set node-affinity rr --nodes",
	    .remarks = HANDED },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = RESOURCE,
		[RI_CLUSTER_RULES] =
		    "node-affinity: rr\n\tresources vm:1\n\tnodes me:1,three:1\n" },
	    .remarks =
		HANDED "\nHA prefers me, three for it (rule 'rr'), and moves it there from two as "
		       "soon as it can" },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\tfailback 0\n",
		[RI_CLUSTER_RULES] = "node-affinity: rr\n\tresources vm:1\n\tnodes me\n" },
	    .remarks = HANDED },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = RESOURCE,
		[RI_CLUSTER_RULES] =
		    "node-affinity: aa\n\tdisable\n\tresources vm:1\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: bb\n\tresources vm:2\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: cc\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: dd\n\tresources vm:1\n\tstrict\n" },
	    .remarks = HANDED },
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = RESOURCE,
		[RI_CLUSTER_RULES] =
		    "node-affinity: aa\n\tresources vm:1\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: bb\n\tresources vm:1\n\tnodes two\n\tstrict\n" },
	    .remarks =
		HANDED "\nHA's rules aa, bb contradict each other about it, so that none of them "
		       "counts" },
	/* No names, to Proxmox. */
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = RESOURCE,
		[RI_CLUSTER_RULES] =
		    "node-affinity: r\n\tresources vm:1\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: 9r\n\tresources vm:1\n\tnodes me\n\tstrict\n\n"
		    "node-affinity: r.r\n\tresources vm:1\n\tnodes me\n\tstrict\n" },
	    .remarks = HANDED },
	{ .conf = "hostpci0: mapping=g\n",
	    .file = { [RI_CLUSTER_PCI] =
			  "g\n\tlive-migration-capable 1\n\tmap id=1:1,node=two,path=1\n" },
	    .blockers = "hostpci0: there is no mapping 'g' (/etc/pve/mapping/pci.cfg)" },
	/* Guests among each other: vm:2 is on two, ct:3 on three. */
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\nvm: 2\n",
		[RI_CLUSTER_RULES] =
		    "resource-affinity: nn\n\taffinity negative\n\tresources vm:1,vm:2\n" },
	    .blockers = "HA refuses: vm:2 is on two, and a rule keeps them apart (ha-manager rules "
			"list)",
	    .remarks = HANDED },
	{ .conf = DISK,
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\nvm: 2\n",
		[RI_CLUSTER_RULES] =
		    "resource-affinity: nn\n\taffinity negative\n\tresources vm:1,vm:2\n" },
	    .remarks =
		HANDED "\nit can only go to three: only me, three have no guest that HA keeps "
		       "apart from it" },
	/* HA does not look at what it does not manage. */
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\nvm: 2\n\tstate ignored\n",
		[RI_CLUSTER_RULES] =
		    "resource-affinity: nn\n\taffinity negative\n\tresources vm:1,vm:2,vm:4\n\n"
		    "resource-affinity: oo\n\tresources vm:1,vm:2\n" },
	    .remarks = HANDED },
	/* By way of what it is kept together with; and its nodes are those of both. */
	{ .conf = DISK,
	    .target = "two",
	    .file = { [RI_CLUSTER_RESOURCES] = "vm: 1\n\nvm: 2\n\nct: 3\n\nvm: 4\n",
		[RI_CLUSTER_RULES] =
		    "resource-affinity: qq\n\taffinity positive\n\tresources ct:3 vm:4\n\n"
		    "resource-affinity: pp\n\taffinity positive\n\tresources vm:1,ct:3\n\n"
		    "resource-affinity: nn\n\taffinity negative\n\tresources vm:4,vm:2\n\n"
		    "node-affinity: rr\n\tresources ct:3\n\tnodes three\n\tstrict\n" },
	    .blockers =
		"HA refuses: vm:2 is on two, and a rule keeps them apart (ha-manager rules "
		"list)\nHA moves it away from two at once: the rule 'rr' restricts it to three; "
		"change it with ha-manager rules set node-affinity rr --nodes",
	    .remarks = HANDED "\nHA moves ct:3, vm:4 along, which a rule keeps together with it" },
};

static void check_lines(size_t i, const struct ri_strv *got, const char *want)
{
	RI_BUF text = { 0 };

	for (size_t k = 0; k < got->n; k++)
		ri_buf_addf(&text, "%s%s", k > 0 ? "\n" : "", got->v[k]);
	if (strcmp(ri_buf_span(&text).p, want ? want : "") != 0)
		fail_msg("%zu: %s: got [%s], want [%s]", i, cases[i].conf, ri_buf_span(&text).p,
		    want ? want : "");
}

/* The last remark of a migration to a node, which is always there. */
static void take_unknown(struct ri_strv *l, const char *target)
{
	const char *last = l->n > 0 ? l->v[l->n - 1] : "";

	if (strcmp(target, "two") == 0)
		assert_string_equal(last, UNKNOWN);
	assert_int_equal(strncmp(last, "not known of ", 13), 0);
	free(l->v[--l->n]);
	l->v[l->n] = NULL;
}

static void cluster_of(const char *const *files, struct ri_cluster *c)
{
	static const char *const nodes[] = { "me", "three", "two" };
	struct ri_err e = { 0 };

	for (int f = 0; f < RI_CLUSTER_FILES; f++)
		if (files[f])
			check_ok(ri_cluster_names[f],
			    ri_cluster_parse(c, (enum ri_cluster_file)f, ri_str(files[f]), &e), &e);
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
		check_ok("node", ri_strv_add(&c->nodes, nodes[i], &e), &e);
	check_ok("vm:2", ri_cluster_guest(c, false, 2, "two", &e), &e);
	check_ok("ct:3", ri_cluster_guest(c, true, 3, "three", &e), &e);
	check_ok("vm:1", ri_cluster_guest(c, false, 1, "me", &e), &e);
}

static void test_targets(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("storages", ri_storages_parse(ri_str(STORAGES), &s, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_ON_EXIT(ri_migverdict_free) struct ri_migverdict v = { 0 };
		RI_ON_EXIT(ri_cluster_free) struct ri_cluster cluster = { 0 };
		struct ri_migvm vm = { 1, "me", &c, &s, { .running = cases[i].running }, &cluster,
			cases[i].target };

		cluster_of(cases[i].file, &cluster);
		check_ok("parse", ri_vmconf_parse(ri_str(cases[i].conf), &c, &e), &e);
		check_ok(cases[i].conf, ri_migration_check(&vm, &v, &e), &e);
		if (cases[i].target)
			take_unknown(&v.remarks, cases[i].target);
		check_lines(i, &v.blockers, cases[i].blockers);
		check_lines(i, &v.remarks, cases[i].remarks);
	}
}

static void test_needs_guests(void **state)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_false(ri_cluster_needs_guests(&c));
	check_ok("rules",
	    ri_cluster_parse(&c, RI_CLUSTER_RULES, ri_str("node-affinity: aa\n\tnodes a\n"), &e),
	    &e);
	assert_false(ri_cluster_needs_guests(&c));
	check_ok("rules",
	    ri_cluster_parse(&c, RI_CLUSTER_RULES, ri_str("resource-affinity: aa\n"), &e), &e);
	assert_true(ri_cluster_needs_guests(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_needs_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
