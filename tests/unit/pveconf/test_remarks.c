// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is said of what Proxmox VE does to a VM whose boot drive is detached. */
#include "unit/check.h"

#include "pveconf/backup_cron.h"
#include "pveconf/remarks.h"

#define LINE "scsi0: nas:105/vm-105-disk-1.raw,size=4G\n"
#define KEPT "scsi0: nas:105/vm-105-disk-1.raw,backup=0,size=4G\n"
#define JOB "vzdump: nightly\n\tschedule 21:00\n\tall 1\n"
#define ELSEWHERE "\nvzdump: weekly\n\tschedule sat 1:00\n\tvmid 105\n\tnode pve2\n\tmode stop\n"
#define POOL "\nvzdump: pooled\n\tschedule sat 1:00\n\tpool web\n"

struct scene {
	const char *jobs, *conf;
	bool stopped;
	const char *want; /* lines of "code: text" */
};

/* A word that a program is told is in the documentation. */
static void check_documented(const char *code)
{
	RI_FILE FILE *page = fopen(SOURCE_DIR "/docs/json.md", "re");
	RI_FREE char *line = NULL;
	RI_BUF row = { 0 };
	size_t room = 0;
	bool found = false;

	assert_non_null(page);
	ri_buf_addf(&row, "| `%s` | ", code);
	while (!found && getline(&line, &room, page) >= 0)
		found = strncmp(line, row.p, row.n) == 0;
	if (!found)
		fail_msg("docs/json.md has no row for the remark %s", code);
}

static void look(const struct scene *s, int way, const char *key)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs jobs = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups backups = { 0 };
	RI_ON_EXIT(ri_remarks_free) struct ri_remarks out = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf conf = { 0 };
	const struct ri_backup_vm asked = { 105, "pve1", NULL, false };
	struct ri_remark_vm vm = { 105, &conf, key, !s->stopped, &backups };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	check_ok(s->conf, ri_vmconf_parse(ri_str(s->conf), &conf, &e), &e);
	check_ok(s->conf, ri_backup_jobs_parse(ri_str(s->jobs), &jobs, &e), &e);
	check_ok(s->conf, ri_backups_of(&jobs, &asked, &backups, &e), &e);
	check_ok(s->conf,
	    way < 0 ? ri_remarks_of_vm(&vm, &out, &e)
		    : ri_remarks_of_detach(&vm, (enum ri_detach_way)way, &out, &e),
	    &e);
	for (size_t i = 0; i < out.n; i++) {
		check_documented(out.v[i].code);
		ri_buf_addf(&got, "%s: %s\n", out.v[i].code, out.v[i].text);
	}
	if (!ri_span_eq(ri_buf_span(&got), ri_str(s->want)))
		fail_msg("%s: got\n%swant\n%s", s->conf, got.p ? got.p : "", s->want);
}

#define CLONE "clone: clones and templates have no scsi0\n"
#define COMING                                                                                     \
	"snapshot: snapshots have no scsi0, and a rollback to one loses it\n" CLONE                \
	"revert: \"Revert\" in the GUI makes scsi0 an unused disk\n"                               \
	"poweroff: after a poweroff inside the guest, or a crash, scsi0 stays pending until the "  \
	"next start\n"

static void test_age(void **state)
{
	RI_ON_EXIT(ri_remarks_free) struct ri_remarks out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("age", ri_remarks_of_age("kernel 7 was installed", &out, &e), &e);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.v[0].code, "older");
	check_documented(out.v[0].code);
	assert_string_equal(out.v[0].text,
	    "the disk was changed since it was built: kernel 7 was installed; what runs from RAM is older until "
	    "the VM is stopped and built again");
}

static void test_slim(void **state)
{
	RI_ON_EXIT(ri_remarks_free) struct ri_remarks out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("slim", ri_remarks_of_slim(&out, &e), &e);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.v[0].code, "slim");
	check_documented(out.v[0].code);
}

#define MORE "; give it more (qm set 105 --memory 700)"
#define TOO_LITTLE                                                                                        \
	"memory: its root does not get into RAM with its 600 MiB of memory, it needs 700 MiB, 100 more, " \
	"and its next start boots the disk" MORE "\n"

#define KEPT_MEMORY(mib)                                                                                              \
	"memory-kept: with balloon: 0 there is no balloon device, and what the guest frees once it is up stays "      \
	"taken from the host and is migrated; to have it back without the host taking any: qm set 105 --balloon " mib \
	"\n"

/* 105 needs 700 MiB; what it has now is only said where it will have something else. */
static void test_memory(void **state)
{
	static const struct {
		struct ri_vm_memory next, now;
		const char *want;
	} rows[] = {
		{ { 700, 700, 700, 1, false }, { 0 }, "" },
		{ { 700, 700, 700, 1, false }, { 700, 700, 700, 1, false }, "" },
		{ { 700, 700, 700, 2, false }, { 700, 700, 700, 1, false }, "" },
		{ { 600, 600, 600, 1, false }, { 0 }, TOO_LITTLE },
		{ { 600, 600, 600, 1, false }, { 600, 600, 600, 1, false }, TOO_LITTLE },
		{ { 600, 600, 600, 1, false }, { 900, 900, 900, 1, false }, TOO_LITTLE },
		{ { 900, 900, 900, 1, false }, { 600, 600, 600, 1, false },
		    "memory-now: as it runs now it has 600 MiB of memory, where the root that was built needs "
		    "700 MiB: it came up from its disk, or was built later\n" },
		{ { 900, 900, 900, 1, false }, { 900, 600, 100, 1, false },
		    "memory-now: as it runs now, the balloon may take all but 100 of its 900 MiB of memory, "
		    "where its root needs 700 MiB\n" },
		{ { 900, 900, 900, 1, false }, { 900, 600, 900, 1, false }, "" },
		{ { 900, 900, 900, 1, true }, { 0 }, KEPT_MEMORY("900") },
		{ { 900, 900, 900, 1, false }, { 900, 900, 900, 1, true }, "" },
		{ { 600, 600, 600, 1, true }, { 0 }, TOO_LITTLE KEPT_MEMORY("600") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_ram_compared next = { 700, rows[i].next },
					     now = { 700, rows[i].now };
		RI_ON_EXIT(ri_remarks_free) struct ri_remarks out = { 0 };
		struct ri_err e = { 0 };
		RI_BUF got = { 0 };

		check_ok("memory", ri_remarks_of_memory(105, &next, &now, &out, &e), &e);
		for (size_t k = 0; k < out.n; k++) {
			check_documented(out.v[k].code);
			ri_buf_addf(&got, "%s: %s\n", out.v[k].code, out.v[k].text);
		}
		check_span("memory", ri_buf_span(&got), ri_str(rows[i].want));
	}
}

static void test_coming(void **state)
{
	static const struct scene cases[] = {
		{ "", LINE, false, "backup: backups have no scsi0\n" COMING },
		{ JOB, LINE, false, "backup: backups have no scsi0 (job nightly)\n" COMING },
		{ JOB ELSEWHERE, LINE, false,
		    "backup: backups have no scsi0 (jobs nightly, weekly (on pve2))\n" COMING },
		{ JOB POOL, LINE, false,
		    "backup: backups have no scsi0 (job nightly) (not known: pooled (who is in its pool "
		    "cannot be read))\n" COMING },
		/* What is backed up in no case. */
		{ JOB, KEPT, false, COMING },
		{ JOB, "scsi0: a:b,backup=off\n", false, COMING },
		{ JOB, "scsi0: a:b,backup=1\n", false,
		    "backup: backups have no scsi0 (job nightly)\n" COMING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		look(&cases[i], RI_DETACH_PENDING, "scsi0");
	look(&(struct scene){ "", LINE, false,
		 "backup: backups have no scsi0\nsnapshot: snapshots have no scsi0\n" CLONE
		 "unused: the next start has no disk unless ramimg attach 105 comes first\n" },
	    RI_DETACH_UNUSED, "scsi0");
	look(&(struct scene){ "", LINE, false,
		 "backup: backups have no scsi0\n"
		 "snapshot: snapshots have no scsi0, and a rollback to one loses it\n" CLONE
		 "by-hand: its line is gone once Proxmox VE writes the configuration\n" },
	    RI_DETACH_BY_HAND, "scsi0");
}

#define COVERS "backup: backup job nightly covers it, without scsi0 while that is detached\n"
#define LOST                                                                                       \
	"without scsi0: after a rollback its volume is in no configuration (then: qm disk rescan " \
	"--vmid 105)\n"

static void look_each(const struct scene *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		look(&cases[i], -1, "scsi0");
}

/* Backups of a detached VM, or of one that was. */
static void test_backups(void **state)
{
	static const struct scene cases[] = {
		/* A drive that is there is backed up, and nothing is to be said. */
		{ JOB, LINE, false, "" },
		{ JOB, LINE "[before]\n" LINE, false, "" },
		{ "", "[PENDING]\n" LINE, false, "" },
		/* Backups of a detached VM. */
		{ JOB, "[PENDING]\n" LINE, false, COVERS },
		{ JOB ELSEWHERE, "[PENDING]\n" LINE, false,
		    "backup: backup jobs nightly, weekly (on pve2) cover it, without scsi0 while that is "
		    "detached\n"
		    "backup-stops: backup job weekly (on pve2) shuts it down (mode stop), and what it has "
		    "in RAM is lost\n" },
		{ ELSEWHERE "\nvzdump: third\n\tschedule 1\n\tall\n\tmode stop\n",
		    "[PENDING]\n" LINE, false,
		    "backup: backup jobs weekly (on pve2), third cover it, without scsi0 while that is "
		    "detached\n"
		    "backup-stops: backup jobs weekly (on pve2), third shut it down (mode stop), and what it "
		    "has in RAM is lost\n" },
		{ ELSEWHERE, "lock: suspended\n[PENDING]\n" LINE, true,
		    "hibernated: it is hibernated: its next start goes on with the RAM that was saved, and "
		    "applies nothing that is pending\n"
		    "backup: backup job weekly (on pve2) covers it, without scsi0 while that is detached\n" },
		{ POOL, "[PENDING]\n" LINE, false,
		    "backup-not-known: whether a backup job covers it is not known: pooled (who is in its "
		    "pool cannot be read)\n" },
		{ JOB, "[PENDING]\n" KEPT, false, "" },
		/* Of a stopped one whose [PENDING] was not applied. */
		{ JOB, "[PENDING]\n" LINE, true,
		    "pending-not-applied: scsi0 is only pending, since it ended without Proxmox VE: until "
		    "its next start backups, clones, snapshots and templates have no scsi0; to have it back "
		    "now: ramimg attach 105\n" COVERS },
	};

	(void)state;
	look_each(cases, sizeof cases / sizeof cases[0]);
}

static void test_present(void **state)
{
	static const struct scene cases[] = {
		/* Snapshots taken while it was detached. */
		{ "", "[PENDING]\n" LINE "[after]\nname: a\n[before]\n" LINE, false,
		    "snapshot: snapshot after " LOST },
		{ "", "[PENDING]\n" LINE "[s1]\nname: a\n[s2]\nscsi0: nas:x,disabled=1\n", false,
		    "snapshot: snapshots s1, s2 " LOST },
		{ "", LINE "[after]\nscsi1: nas:other\n", true,
		    "snapshot: snapshot after without scsi0: after a rollback it is an unused disk\n" },
		{ "", LINE "[moved]\nvirtio0: nas:105/vm-105-disk-1.raw\n", true, "" },
		/* "Revert" in the GUI, and what `qm disk unlink` leaves. */
		{ JOB,
		    "boot: order=scsi0\nunused0: nas:105/vm-105-disk-1.raw\n[PENDING]\nboot: order=net0\n",
		    false,
		    "unused: scsi0 is an unused disk now, as detach.config = \"unused\" and \"Revert\" in "
		    "the GUI leave it: the next start has no disk; to have it back: ramimg attach 105\n" COVERS },
		{ "", "scsi0: nas:x,disabled=1\n", false,
		    "by-hand: scsi0: Proxmox VE drops the line with disabled=1 when it writes the "
		    "configuration; to have it back: ramimg attach 105\n" },
		{ "", LINE "[PENDING]\ndelete: net1,scsi0\n", false,
		    "delete-pending: the next start deletes scsi0 from the configuration, since that is "
		    "pending; if that is not meant: qm set 105 --revert scsi0\n" },
		{ "", "lock: suspended\n[PENDING]\n" LINE, true,
		    "hibernated: it is hibernated: its next start goes on with the RAM that was saved, and "
		    "applies nothing that is pending\n" },
		{ "", "lock: backup\n" LINE, false,
		    "locked: lock: backup keeps Proxmox VE from starting or changing it; wait for that to "
		    "end, or, if it died: qm unlock 105\n" },
	};

	(void)state;
	look_each(cases, sizeof cases / sizeof cases[0]);
	/* A VM without a boot drive. */
	look(&(struct scene){ JOB, "name: a\n[s1]\nname: b\n", true, "" }, -1, "");
	/* A line without a file. */
	look(&(struct scene){ "", "scsi0: size=1\n", false, "" }, -1, "scsi0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_slim),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_coming),
		cmocka_unit_test(test_backups),
		cmocka_unit_test(test_present),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
