// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation: every reader and editor of Proxmox's files says so and leaks nothing. */
#include "unit/oom.h"

#include "pveconf/backup_cron.h"
#include "pveconf/migration.h"
#include "pveconf/pools.h"
#include "pveconf/qemu_names.h"
#include "pveconf/remarks.h"
#include "pveconf/section_config.h"
#include "pveconf/volid_path.h"
#include "pveconf/boot_drive.h"
#include "pveconf/vmconf_drive.h"

#define CONF                                                                                       \
	"#notes%3A\nboot: order=scsi0;ide2\nhostpci0: 00:02\nide2: local:iso/a.iso,media=cdrom\n"  \
	"scsi0: san:vm-105-disk-1,iothread=1\nscsihw: virtio-scsi-single\nusb0: host=1:2\nwhat\n"  \
	"\n[PENDING]\ndelete: scsi9,net1\nmemory: 4096\n\n[odd one!]\n[before]\nscsi0: san:vm-105-disk-1\n"
#define STORAGES                                                                                        \
	"dir: local\n\tpath /var/lib/vz\n\tcontent iso,images\n\tnodes a,b\n\n"                         \
	"lvmthin: thin\n\tvgname pve\n\tthinpool data\n\nnfs: nn\n\tserver s\n\texport /e\n\n"          \
	"rbd: rr\n\tmonhost a;b\n\tpool p\n\tusername u\n\tnamespace ns\n\nzfspool: zz\n\tpool a/b\n\n" \
	"lvm: san\n\tvgname san\n\tshared 1\n\tbase i:0\n\nodd: xx\n\tpath y\n\tpath z\n\nbtrfs: bb\n\tpath /b\n"

static int storages(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };

	return ri_storages_parse(ri_str(arg), &s, e);
}

/* Not only the storages: `local` is there when the file does not have it. */
#define NO_LOCAL "rbd: qq\n\ncifs: cc\n\nbtrfs: bb\n\tpath /b\n\tis_mountpoint 1\n"
#define NAMED_TWICE "[PENDING]\ndelete: a\n[PENDING]\nname: x\n#a description at the end\n"

/* All kinds of lines, and a section that comes again. */
static int sections(const void *arg, struct ri_err *e)
{
	static const char *const types[] = { "vm", NULL };
	RI_ON_EXIT(ri_sections_free) struct ri_sections s = { 0 };
	RI_STRV nodes = { 0 };

	return ri_sections_parse(ri_str(arg), RI_SECTION_TYPE_ID, types, &s, e) < 0
		   ? -1
		   : ri_section_list(ri_section_get(&s.v[0], "nodes"), &nodes, e);
}

static int configuration(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };

	return ri_vmconf_parse(ri_str(arg), &c, e);
}

static int volumes(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	const struct ri_storages *all = arg;
	RI_BUF path = { 0 };

	if (ri_volid_parse("local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2", &id, e) < 0 ||
	    ri_volname_parse(&all->v[0], id.volname, &v, e) < 0 ||
	    ri_volname_path(&all->v[0], &v, &path, e) < 0)
		return -1;
	for (size_t i = 1; i < all->n; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname w = { 0 };
		RI_BUF at = { 0 };

		if (all->v[i].type == RI_STORAGE_OTHER)
			continue;
		if (ri_volname_parse(&all->v[i],
			all->v[i].path ? "105/vm-105-disk-1.raw" : "vm-105-disk-1", &w, e) < 0 ||
		    ri_volname_path(&all->v[i], &w, &at, e) < 0)
			return -1;
	}
	return 0;
}

static int read_it(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	struct ri_qemu_names names;
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive disk = { 0 };

	return ri_vmconf_parse(ri_str(arg), &c, e) < 0 || ri_drives_of(&c.v[0], &d, e) < 0 ||
		       ri_boot_drive_find(&c, true, &disk, e) < 0 ||
		       ri_qemu_names_of(&c, disk.key, &names, e) < 0
		   ? -1
		   : 0;
}

static const char *const detached_disks[] = {
	"boot: order=scsi0\nscsi1: a:c\n[PENDING]\nscsi0: a:b\n",
	"scsi1: a:c\n[PENDING]\nscsi0: a:b\n",
	"boot: c\n[PENDING]\nscsi0: a:b\nscsi1: a:c\n",
	"#ramimg detached scsi0=a:b\n#ramimg detached scsi2=,x\nscsi1: a:c\nunused0: a:b\n",
	"#ramimg detached scsi0=a:b\nboot: order=scsi1\nscsi1: a:c\nunused0: a:b\n",
	"#ramimg detached scsi0=a:b\nboot: order=scsi7\nunused0: a:b\n",
	"#ramimg detached scsi0=a:b\nboot: order=net0\nunused0: a:b\n",
	"scsi0: a:b,disabled=1\nscsi1: a:c\n",
	"scsi0: a:b,disabled=1\nscsi1: a:c,disabled=1\n",
	"boot: order=scsi0\nscsi1: a:c\nunused0: a:b\n",
	"boot: order=scsi0\nunused0: a:b\nunused1: a:c\n",
	"boot: order=scsi0\nscsi1: a:c\n[one]\nscsi0: a:b\n",
};

static int detached(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive disk = { 0 };

	if (ri_vmconf_parse(ri_str(arg), &c, e) < 0 || ri_boot_drive_find(&c, true, &disk, e) < 0)
		return -1;
	/* And not the next one. */
	assert_true(disk.place == RI_BOOT_AMBIGUOUS || strcmp(disk.key, "scsi0") == 0);
	return 0;
}

static int blockers(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_migverdict_free) struct ri_migverdict out = { 0 };
	struct ri_migvm vm = { .vmid = 1,
		.node = "me",
		.conf = &c,
		.storages = arg,
		.live = { true, "scsi0", true, true, "virtioscsi0", "pc-q35-9.2" } };

	return ri_vmconf_parse(LIT(CONF), &c, e) < 0 ? -1 : ri_migration_check(&vm, &out, e);
}

/* Whatever there can be said by the cluster's files, with a target (@arg) and without. */
static int by_cluster(const void *arg, struct ri_err *e)
{
	static const char *const files[RI_CLUSTER_FILES] = {
		"vm: 1\n\tgroup gg\n\nvm: 2\n\nvm: 3\n",
		"group: gg\n\tnodes me:2,two\n\trestricted 1\n",
		"resource-affinity: nn\n\taffinity negative\n\tresources vm:1,vm:2\n\n"
		"resource-affinity: pp\n\taffinity positive\n\tresources vm:1,vm:3\n\n"
		"node-affinity: a\n\nnode-affinity: aa\n\tresources vm:4\n\tnodes me\n",
		"local: 1-0\n\ttarget two\n\nlocal: 1-1\n\ttarget four\n",
		"gpu\n\tlive-migration-capable 1\n\tmap id=1:1,node=two,path=1\n",
	};
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	RI_ON_EXIT(ri_migverdict_free) struct ri_migverdict out = { 0 };
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster k = { 0 };
	struct ri_migvm vm = { 1, "me", &c, &s, { 0 }, &k, arg };

	for (int i = 0; i < RI_CLUSTER_FILES; i++)
		if (files[i] &&
		    ri_cluster_parse(&k, (enum ri_cluster_file)i, ri_str(files[i]), e) < 0)
			return -1;
	return ri_strv_add(&k.nodes, "two", e) < 0 ||
		       ri_cluster_guest(&k, false, 2, "two", e) < 0 ||
		       ri_vmconf_parse(LIT("args: -x\ncpu: host\nhostpci0: mapping=gpu\nnet0: "
					   "virtio,bridge=b\ntemplate: 1\nscsi0: one:vm-1-disk-0\n"
					   "tpmstate0: local:1/a.raw\nunused0: local:1/b.raw\n"),
			   &c, e) < 0 ||
		       ri_storages_parse(LIT("rbd: one\n\tnodes two,three\n"), &s, e) < 0
		   ? -1
		   : ri_migration_check(&vm, &out, e);
}

static int edit(const void *arg, struct ri_err *e)
{
	const enum ri_detach_way *way = arg;
	struct ri_detached d = { *way, "scsi0", "scsi0", NULL };
	RI_BUF out = { 0 };
	RI_BUF back = { 0 };

	if (*way == RI_DETACH_UNUSED)
		memcpy(d.source, "unused0", sizeof "unused0");
	return ri_vmconf_edit_detach(LIT(CONF), "scsi0", *way, &out, e) < 0
		   ? -1
		   : ri_vmconf_edit_attach(ri_buf_span(&out), &d, &back, e);
}

static int lock(const void *arg, struct ri_err *e)
{
	RI_BUF out = { 0 };

	return ri_vmconf_edit_lock(LIT(CONF), arg, &out, e);
}

#define JOBS                                                                                       \
	"what\n\nvzdump: a\n\tschedule 1:00\n\tvmid 105\n\tnode b\n\todd\n\tall maybe\n\n"         \
	"vzdump: b\n\tschedule 1:00\n\texclude 104\n\tpool web\n\nvzdump: c\n"
#define CRON                                                                                       \
	"1 2 * * * root vzdump 105 --mode 'stop' --node=b\n1 2 * * * root vzdump --x\n"            \
	"1 2 * * * root vzdump --quiet\n"

static int backups(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
	RI_FREE char *pool = NULL;

	(void)arg;
	if (ri_backup_jobs_parse(LIT(JOBS), &j, e) < 0 ||
	    ri_backup_cron_parse("cron", LIT(CRON), &j, e) < 0 ||
	    ri_pool_of(LIT("pool:web::105::\n"), 105, &pool, e) < 0)
		return -1;
	assert_int_equal(j.n, 4);
	return 0;
}

static int remarks(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups b = { 0 };
	RI_ON_EXIT(ri_remarks_free) struct ri_remarks out = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	const struct ri_backup_vm asked = { 105, "a", NULL, false };
	const struct ri_remark_vm vm = { 105, &c, "scsi0", true, &b };
	const struct ri_ram_compared next = { 700, { 512, 512, 512, 1, true } },
				     now = { 700, { 900, 900, 512, 1, false } };

	if (ri_vmconf_parse(ri_str(arg), &c, e) < 0 || ri_backup_jobs_parse(LIT(JOBS), &j, e) < 0 ||
	    ri_backup_cron_parse("cron", LIT(CRON), &j, e) < 0 ||
	    ri_backups_of(&j, &asked, &b, e) < 0 || ri_remarks_of_vm(&vm, &out, e) < 0 ||
	    ri_remarks_of_age("kernel 7 was installed", &out, e) < 0 ||
	    ri_remarks_of_slim(&out, e) < 0 || ri_remarks_of_memory(105, &next, &now, &out, e) < 0)
		return -1;
	for (int way = RI_DETACH_PENDING; way <= RI_DETACH_BY_HAND; way++)
		if (ri_remarks_of_detach(&vm, (enum ri_detach_way)way, &out, e) < 0)
			return -1;
	return 0;
}

static void test_each(void **state)
{
	static const enum ri_detach_way ways[] = { RI_DETACH_PENDING, RI_DETACH_UNUSED,
		RI_DETACH_BY_HAND };
	RI_ON_EXIT(ri_storages_free) struct ri_storages all = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("storages", ri_storages_parse(LIT(STORAGES), &all, &e), &e);
	assert_int_equal(all.n, 8);
	assert_true(oom_each("storages", storages, STORAGES) > 50);
	assert_true(oom_each("storages without local", storages, NO_LOCAL) > 20);
	assert_true(oom_each("files of sections", sections,
			"what\nvm: 1\n\tk v\nx\n\nct: 2\n\nvm: 1\n\tnodes a,b\n") > 15);
	assert_true(oom_each("sections", configuration, NAMED_TWICE) > 8);
	assert_true(oom_each("volumes", volumes, &all) > 12);
	assert_true(oom_each("a configuration", read_it, CONF) > 30);
	for (size_t i = 0; i < sizeof detached_disks / sizeof detached_disks[0]; i++)
		assert_true(oom_each(detached_disks[i], detached, detached_disks[i]) > 8);
	assert_true(oom_each("blockers", blockers, &all) > 30);
	assert_true(oom_each("to any node", by_cluster, NULL) > 100);
	assert_true(oom_each("to one", by_cluster, "two") > 100);
	assert_true(oom_each("to another", by_cluster, "four") > 100);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		assert_true(oom_each(ri_detach_ways[ways[i]], edit, &ways[i]) > 3);
	assert_true(oom_each("lock", lock, "create") > 1);
	assert_true(oom_each("unlock", lock, NULL) > 1);
	assert_true(oom_each("backup jobs", backups, NULL) > 40);
	assert_true(
	    oom_each("remarks", remarks,
		"lock: backup\n[PENDING]\nscsi0: a:b,x=1\ndelete: scsi0\n[s1]\nname: a\n") > 60);
	assert_true(oom_each("of a disabled drive", remarks, "scsi0: a:b,disabled=1\n") > 40);
	assert_true(oom_each("of an unused drive", remarks, "unused0: a:b\n") > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
