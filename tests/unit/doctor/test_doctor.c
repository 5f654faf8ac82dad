// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is found on a host that lacks something, and the way to mend it, for root and for users. So long because
 * each thing that is taken from the host is a function, and each row of the table is tried with several.
 */
#include "unit/doctor/made_host.h"

#include "host/kvm_hangs.h"

#include <fnmatch.h>
#include <signal.h>

/** Something that is not as it should be, and the row that says so; found NULL: there is no such row. */
struct lack {
	void (*take)(void);
	const char *row;
	enum ri_health health;
	const char *found, *remedy; /* patterns of fnmatch(3); "@" is "sudo ", for a user */
	int who;
};
enum { BOTH, ROOT, USER };

#define ROW(name) static void name(void)
static void drop(const char *name)
{
	assert_int_equal(unlink(tmp_path(name)), 0);
}

ROW(nothing)
{
}
ROW(no_qemu_img)
{
	drop("bin/qemu-img");
}
ROW(no_qemu_img_on_proxmox)
{
	drop("bin/qemu-img");
	made.h.proxmox = true;
}
ROW(nbd_not_executable)
{
	chmod(tmp_path("bin/qemu-nbd"), 0644);
}
ROW(qemu_img_fails)
{
	made_program("bin/qemu-img", "#!/bin/sh\necho bad >&2; exit 3\n");
}
ROW(qemu_img_says_nothing)
{
	made_program("bin/qemu-img", "#!/bin/sh\n");
}
ROW(qemu_img_is_a_directory)
{
	drop("bin/qemu-img");
	made_dir("bin/qemu-img");
}
ROW(no_path)
{
	made.n_vars = 0;
	made_program("bin/qemu-img", "#!/bin/sh\n");
}
ROW(path_with_a_gap)
{
	MADE_TEXT(path, ":%s/bin::", tmpdir);
}
ROW(no_supermin)
{
	drop("bin/supermin");
}
ROW(no_hypervisor)
{
	drop("bin/qemu-system");
}
ROW(hypervisor_by_name)
{
	MADE_TEXT(hv, "qemu-system");
}
ROW(no_hypervisor_in_path)
{
	MADE_TEXT(hv, "no-qemu");
}
ROW(no_appliance)
{
	assert_int_equal(rmdir(tmp_path("guestfs/supermin.d")), 0);
}
ROW(no_appliance_there)
{
	no_appliance();
	made_var("LIBGUESTFS_PATH", made.guestfs_path);
}
ROW(refused)
{
	made.h.guestfs = NULL;
	made.h.refused = "libguestfs: no";
}
ROW(not_installed)
{
	refused();
	made.h.install = "libguestfs0";
}
ROW(fixed)
{
	static const char *const names[] = { "README.fixed", "kernel", "initrd", "root" };
	char path[80];

	no_appliance();
	drop(KERNEL);
	drop("bin/supermin");
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "guestfs/%s", names[i]);
		spit(tmp_path(path), LIT(""));
	}
}
ROW(half_fixed)
{
	fixed();
	drop("guestfs/initrd");
}
ROW(no_kernel)
{
	drop(KERNEL);
}
ROW(no_kernel_on_proxmox)
{
	drop(KERNEL);
	made.h.proxmox = true;
}
ROW(no_boot)
{
	drop(KERNEL);
	assert_int_equal(rmdir(tmp_path("boot")), 0);
}
ROW(no_modules)
{
	drop(MODULES "/modules.dep");
}
ROW(only_xen)
{
	drop(KERNEL);
	spit(tmp_path("boot/vmlinuz-6.1.0-9-amd64-xen"), LIT(""));
	made_dir("lib/modules/6.1.0-9-amd64-xen");
	spit(tmp_path("lib/modules/6.1.0-9-amd64-xen/modules.dep"), LIT(""));
}
ROW(several)
{
	spit(tmp_path("boot/vmlinuz-6.1.0-10-amd64"), LIT(""));
	spit(tmp_path("boot/vmlinuz-7.0-arm64"), LIT(""));
	spit(tmp_path("boot/vmlinuz-8.0-amd64"), LIT("")); /* without modules */
	made_dir("lib/modules/6.1.0-10-amd64");
	made_dir("lib/modules/7.0-arm64");
	spit(tmp_path("lib/modules/6.1.0-10-amd64/modules.dep"), LIT(""));
	spit(tmp_path("lib/modules/7.0-arm64/modules.dep"), LIT(""));
}
ROW(of_another_name)
{
	assert_int_equal(rename(tmp_path(KERNEL), tmp_path("boot/vmlinuz-6.8.12-4-pve")), 0);
	made_dir("lib/modules/6.8.12-4-pve");
	spit(tmp_path("lib/modules/6.8.12-4-pve/modules.dep"), LIT(""));
}
ROW(beside_modules)
{
	spit(tmp_path(MODULES "/vmlinuz"), LIT(""));
}
ROW(unreadable)
{
	chmod(tmp_path(KERNEL), 0);
}
ROW(cached)
{
	static const char *const names[] = { "kernel", "initrd", "root" };
	char path[80];

	snprintf(path, sizeof path, "var/.guestfs-%d/appliance.d", (int)made.h.uid);
	made_dir(path);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "var/.guestfs-%d/appliance.d/%s", (int)made.h.uid,
		    names[i]);
		spit(tmp_path(path), LIT(""));
	}
}
ROW(unreadable_and_cached)
{
	unreadable();
	cached();
}
ROW(kernel_named)
{
	made_var("SUPERMIN_KERNEL", made.target);
}
ROW(kernel_named_absent)
{
	made_var("SUPERMIN_KERNEL", "/nowhere/vmlinuz");
}
ROW(kernel_named_absent_and_version)
{
	kernel_named_absent();
	made_var("SUPERMIN_KERNEL_VERSION", "1.0");
}
ROW(kernel_and_version)
{
	kernel_named();
	made_var("SUPERMIN_KERNEL_VERSION", "1.0");
}
ROW(kernel_and_modules)
{
	kernel_and_version();
	made_var("SUPERMIN_MODULES", made.stage);
}
ROW(modules_unreadable)
{
	chmod(tmp_path(MODULES), 0111);
}
static void cache_is(unsigned mode)
{
	char path[80];

	snprintf(path, sizeof path, "var/.guestfs-%d", (int)made.h.uid);
	made_dir(path);
	chmod(tmp_path(path), mode);
}
ROW(cache_empty)
{
	cache_is(0755);
}
ROW(cache_open_to_others)
{
	cache_is(0775);
}
ROW(cache_full)
{
	cache_is(0755);
	made.avail = 100 << 20;
}
ROW(cache_to_be_made_full)
{
	made.avail = 100 << 20;
}
ROW(cached_and_full)
{
	cached();
	made.avail = 100 << 20;
}
ROW(cache_cannot_be_made)
{
	chmod(tmp_path("var"), 0555);
}
ROW(kvm_no)
{
	made.h.kvm = RI_KVM_NO;
	drop("dev/kvm");
}
ROW(no_kvm_intel)
{
	drop("dev/kvm");
}
ROW(no_kvm_amd)
{
	drop("dev/kvm");
	spit(tmp_path("proc/cpuinfo"), LIT("flags : svm x\n"));
}
ROW(no_kvm_at_all)
{
	drop("dev/kvm");
	drop("proc/cpuinfo");
}
ROW(no_kvm_and_yes)
{
	drop("dev/kvm");
	made.h.kvm = RI_KVM_YES;
}
ROW(kvm_closed)
{
	chmod(tmp_path("dev/kvm"), 0);
}
ROW(kvm_of_nobody)
{
	drop("dev/kvm");
	made_dir("dev/kvm");
	made.h.uid = 0;
}
ROW(kvm_hung)
{
	ri_kvm_hangs_set(made.mark);
}
ROW(kvm_hung_and_yes)
{
	kvm_hung();
	made.h.kvm = RI_KVM_YES;
}
ROW(kvm_hung_nowhere)
{
	made.h.mark = NULL;
}
ROW(little_memory)
{
	spit(tmp_path("proc/meminfo"), LIT("MemAvailable: 1024000 kB\n"));
}
ROW(memory_not_told)
{
	spit(tmp_path("proc/meminfo"), LIT("MemFree: 1 kB\n"));
}
ROW(no_meminfo)
{
	drop("proc/meminfo");
}
ROW(stage_absent)
{
	assert_int_equal(rmdir(made.stage), 0);
}
ROW(stage_of_others)
{
	chmod(made.stage, 0777);
}
ROW(stage_closed)
{
	chmod(made.stage, 0555);
}
ROW(stage_small)
{
	made.avail = 63 << 20;
}
ROW(room_not_known)
{
	made.avail = UINT64_MAX;
}
ROW(room_for_less)
{
	made.avail = 100;
	made.h.target = NULL;
}
/* A target that is as large as what is free, or larger. */
static void large(uint64_t avail)
{
	int fd = open(made.target, O_WRONLY | O_CLOEXEC);

	made.avail = avail;
	assert_true(fd >= 0);
	assert_int_equal(posix_fallocate(fd, 0, 70 << 20), 0);
	close(fd);
}
ROW(large_target)
{
	large(69 << 20);
}
ROW(large_target_elsewhere)
{
	large(100 << 20);
	made.h.output = made.output;
}
ROW(out_closed)
{
	chmod(tmp_path("out"), 0555);
}
ROW(out_here)
{
	made.h.out = "ramimg-there-is-no-such";
	assert_int_equal(chdir(tmpdir), 0);
}
ROW(output)
{
	made.h.output = made.output;
}
ROW(output_here)
{
	made.h.output = "new.raw";
	assert_int_equal(chdir(tmpdir), 0);
}
ROW(output_in_root)
{
	made.h.output = "/new.raw";
}
ROW(no_target)
{
	made.h.target = NULL;
}
ROW(target_absent)
{
	drop("target.raw");
}
ROW(target_of_proxmox)
{
	made.h.proxmox = true;
	made.h.target = "vm-105-disk-0";
}
ROW(path_on_proxmox)
{
	made.h.proxmox = true;
	drop("target.raw");
}
ROW(target_closed)
{
	chmod(made.target, 0444);
}
ROW(target_to_read)
{
	chmod(made.target, 0444);
	made.h.output = made.output;
}
ROW(target_unreadable)
{
	chmod(made.target, 0);
	made.h.output = made.output;
}
ROW(target_device)
{
	made.h.target = "/dev/null";
}
ROW(proxmox)
{
	made.h.proxmox = true;
}

#define OK RI_HEALTH_OK
#define WARNING RI_HEALTH_WARNING
#define MISSING RI_HEALTH_MISSING
#define NO_KERNEL                                                                                     \
	"there is no kernel in /boot with its modules in /lib/modules, of which supermin would make " \
	"the appliance"
#define EMULATED "the appliance is emulated, and takes 10 to 60 s to start"
#define NO_KVM "/dev/kvm cannot be opened: No such file or directory; " EMULATED
#define REBUILD "unset SUPERMIN_KERNEL SUPERMIN_KERNEL_VERSION SUPERMIN_MODULES"
#define CHMOD                                                                                      \
	"sudo chmod 0644 T/" KERNEL " (for good, with Debian's packages: sudo dpkg-statoverride "  \
	"--update --add root root 0644 T/" KERNEL "), or run ramimg as root"
#define SMALL ", with 100.0 MiB free, of which making the appliance takes 1.0 GiB"
#define ELSEWHERE "make room there, or export LIBGUESTFS_CACHEDIR=DIR with another directory"
#define NAME_STAGE "make room there, or name another place (stage.dir)"

/* clang-format off */
static const struct lack tools[] = {
	{ nothing, "qemu-img", OK, "T/bin/qemu-img, qemu-img version 9.1", "", BOTH },
	{ nothing, "qemu-nbd", OK, "T/bin/qemu-nbd, qemu-nbd 9.1", "", BOTH },
	{ nothing, "qemu", OK, "T/bin/qemu-system, QEMU 9.1", "", BOTH },
	{ nothing, "supermin", OK, "T/bin/supermin, supermin 5.2", "", BOTH },
	{ no_qemu_img, "qemu-img", MISSING, "there is no qemu-img in PATH", "@apt install qemu-utils", BOTH },
	{ no_qemu_img_on_proxmox, "qemu-img", MISSING, "there is no qemu-img in PATH",
	  "@apt install --reinstall pve-qemu-kvm", BOTH },
	{ nbd_not_executable, "qemu-nbd", MISSING, "there is no qemu-nbd in PATH", "@apt install qemu-utils", BOTH },
	{ qemu_img_fails, "qemu-img", MISSING, "T/bin/qemu-img *status 3: bad*", "@apt install qemu-utils", BOTH },
	{ qemu_img_says_nothing, "qemu-img", OK, "T/bin/qemu-img, ", "", BOTH },
	{ qemu_img_is_a_directory, "qemu-img", MISSING, "there is no qemu-img in PATH",
	  "@apt install qemu-utils", BOTH },
	{ path_with_a_gap, "qemu-img", OK, "T/bin/qemu-img, qemu-img version 9.1", "", BOTH },
	{ no_path, "libguestfs", OK, "T/guestfs/supermin.d", "", BOTH },
	{ no_supermin, "supermin", MISSING, "there is no supermin in PATH", "@apt install supermin", BOTH },
	{ no_hypervisor, "qemu", MISSING, "T/bin/qemu-system is not there, or may not be run",
	  "@apt install qemu-system-x86", BOTH },
	{ hypervisor_by_name, "qemu", OK, "T/bin/qemu-system, QEMU 9.1", "", BOTH },
	{ no_hypervisor_in_path, "qemu", MISSING, "there is no no-qemu in PATH", "@apt install qemu-system-x86", BOTH },
};
static const struct lack appliances[] = {
	{ nothing, "libguestfs", OK, "T/guestfs/supermin.d", "", BOTH },
	{ no_appliance, "libguestfs", MISSING, "there is no supermin.d in T/no:T/guestfs",
	  "@apt install --reinstall libguestfs0", BOTH },
	{ no_appliance_there, "libguestfs", MISSING, "there is no supermin.d in T/no:T/guestfs",
	  "@apt install --reinstall libguestfs0; unset LIBGUESTFS_PATH", BOTH },
	{ no_appliance, "supermin", OK, NULL, NULL, BOTH },
	{ no_appliance, "kernel", OK, NULL, NULL, BOTH },
	{ no_appliance, "cache", OK, NULL, NULL, BOTH },
	{ refused, "libguestfs", MISSING, "libguestfs: no", "@apt install --reinstall libguestfs0", BOTH },
	{ not_installed, "libguestfs", MISSING, "libguestfs: no", "@apt install libguestfs0", BOTH },
	{ refused, "qemu", OK, NULL, NULL, BOTH },
	{ refused, "memory", OK, NULL, NULL, BOTH },
	{ fixed, "libguestfs", OK, "T/guestfs has an appliance that was made elsewhere", "", BOTH },
	{ fixed, "kernel", OK, NULL, NULL, BOTH },
	{ fixed, "supermin", OK, NULL, NULL, BOTH },
	{ half_fixed, "libguestfs", MISSING, "there is no supermin.d in *", "@apt install *", BOTH },
	{ nothing, "kernel", OK, "T/" KERNEL, "", BOTH },
	{ no_kernel, "kernel", MISSING, NO_KERNEL, "@apt install linux-image-amd64", BOTH },
	{ no_kernel_on_proxmox, "kernel", MISSING, NO_KERNEL, "@apt install proxmox-default-kernel", BOTH },
	{ no_boot, "kernel", MISSING, NO_KERNEL, "@apt install linux-image-amd64", BOTH },
	{ no_modules, "kernel", MISSING, NO_KERNEL, "@apt install linux-image-amd64", BOTH },
	{ only_xen, "kernel", MISSING, NO_KERNEL, "@apt install linux-image-amd64", BOTH },
	{ several, "kernel", OK, "T/boot/vmlinuz-6.1.0-10-amd64", "", BOTH },
	{ of_another_name, "kernel", OK, "T/boot/vmlinuz-6.8.12-4-pve", "", BOTH },
	{ beside_modules, "kernel", OK, "T/" MODULES "/vmlinuz", "", BOTH },
	{ unreadable, "kernel", OK, "T/" KERNEL, "", ROOT },
	{ unreadable, "kernel", MISSING, "T/" KERNEL " cannot be read: Permission denied (mode 0000)", CHMOD, USER },
	{ unreadable_and_cached, "kernel", WARNING, "T/" KERNEL " cannot be read: Permission denied (mode 0000); "
	  "the appliance that was made of one before is still there", CHMOD, USER },
	{ kernel_named, "kernel", OK, "T/target.raw", "", BOTH },
	{ kernel_named_absent, "kernel", OK, "T/" KERNEL, "", BOTH },
	{ kernel_named_absent_and_version, "kernel", MISSING,
	  "/nowhere/vmlinuz cannot be read: No such file or directory", REBUILD, BOTH },
	{ kernel_and_version, "kernel", MISSING, "T/target.raw, whose modules in T/lib/modules/1.0 cannot be read: *",
	  "@chmod -R a+rX T/lib/modules/1.0", BOTH },
	{ kernel_and_modules, "kernel", OK, "T/target.raw", "", BOTH },
	{ modules_unreadable, "kernel", MISSING, "T/" KERNEL ", whose modules in T/" MODULES " cannot be read: *",
	  "sudo chmod -R a+rX T/" MODULES, USER },
	{ nothing, "cache", OK, "T/var/.guestfs-U, which the first start makes", "", BOTH },
	{ cached, "cache", OK, "T/var/.guestfs-U", "", BOTH },
	{ cache_empty, "cache", OK, "T/var/.guestfs-U", "", BOTH },
	{ cache_open_to_others, "cache", MISSING,
	  "T/var/.guestfs-U is not a directory of this user's alone, which libguestfs refuses",
	  "sudo rm -r T/var/.guestfs-U", BOTH },
	{ cache_full, "cache", WARNING, "T/var/.guestfs-U" SMALL, ELSEWHERE, BOTH },
	{ cache_to_be_made_full, "cache", WARNING, "T/var/.guestfs-U, which the first start makes" SMALL,
	  ELSEWHERE, BOTH },
	{ cached_and_full, "cache", OK, "T/var/.guestfs-U", "", BOTH },
	{ cache_cannot_be_made, "cache", MISSING, "T/var/.guestfs-U, which cannot be made: Permission denied",
	  "export LIBGUESTFS_CACHEDIR=DIR with a directory of your own", USER },
};
static const struct lack machines[] = {
	{ nothing, "kvm", OK, "/dev/kvm can be opened; that it works only a start shows", "", BOTH },
	{ kvm_no, "kvm", OK, "not tried: appliance.kvm is \"no\"", "", BOTH },
	{ no_kvm_intel, "kvm", WARNING, NO_KVM, "@modprobe kvm_intel", BOTH },
	{ no_kvm_amd, "kvm", WARNING, NO_KVM, "@modprobe kvm_amd", BOTH },
	{ no_kvm_at_all, "kvm", WARNING, NO_KVM, "turn on VT-x or AMD-V in the firmware or, *", BOTH },
	{ no_kvm_and_yes, "kvm", MISSING, "/dev/kvm cannot be opened: No such file or directory; *\"yes\"",
	  "@modprobe kvm_intel", BOTH },
	{ kvm_closed, "kvm", WARNING, "/dev/kvm cannot be opened: Permission denied; " EMULATED,
	  "sudo usermod -aG kvm \"$USER\", and log in again", USER },
	{ kvm_of_nobody, "kvm", WARNING, "/dev/kvm cannot be opened: Is a directory; " EMULATED,
	  "let this container have the device /dev/kvm (10:232)", BOTH },
	{ kvm_hung, "kvm", WARNING, "KVM has hung here within the last hour, and is not tried until then",
	  "to have it tried now: rm T/kvm-hangs", BOTH },
	{ kvm_hung_and_yes, "kvm", OK, "/dev/kvm can be opened; *", "", BOTH },
	{ kvm_hung_nowhere, "kvm", OK, "/dev/kvm can be opened; *", "", BOTH },
	{ nothing, "memory", OK, "3.9 GiB are available, the appliance has 1.2 GiB", "", BOTH },
	{ little_memory, "memory", WARNING, "1000.0 MiB are available, the appliance has 1.2 GiB",
	  "stop something, or export LIBGUESTFS_MEMSIZE=768", BOTH },
	{ memory_not_told, "memory", OK, NULL, NULL, BOTH },
	{ no_meminfo, "memory", OK, NULL, NULL, BOTH },
	{ nothing, "host", OK, "not Proxmox VE: TARGET is an image file or a block device", "", BOTH },
	{ proxmox, "host", OK, "Proxmox VE: TARGET may also be a volume or a VMID", "", ROOT },
	{ proxmox, "host", WARNING, "Proxmox VE, whose volumes are root's", "run ramimg as root", USER },
};
static const struct lack rooms[] = {
	{ nothing, "stage", OK, "T/stage, 50.0 GiB free", "", BOTH },
	{ stage_absent, "stage", OK, "T/stage, 50.0 GiB free", "", BOTH },
	{ stage_of_others, "stage", MISSING, "other users can write to T/stage *", "set stage.dir to a directory of your own", BOTH },
	{ stage_closed, "stage", MISSING, "T/stage cannot be written to: Permission denied",
	  "name another place (stage.dir), or run ramimg as the user whose it is", USER },
	{ stage_small, "stage", MISSING, "T/stage, 63.0 MiB free, and a build takes 64.0 MiB at least", NAME_STAGE, BOTH },
	{ room_not_known, "stage", OK, "T/stage", "", BOTH },
	{ room_not_known, "target", OK, "T/target.raw", "", BOTH },
	{ large_target, "stage", WARNING, "T/stage, 69.0 MiB free, and this build may take up to 70.0 MiB",
	  NAME_STAGE, BOTH },
	{ large_target, "target", WARNING, "T/target.raw, 69.0 MiB free beside it, and the archive in it may take up "
	  "to 70.0 MiB", "make room there, or write a new image elsewhere (--output)", BOTH },
	{ large_target_elsewhere, "output", WARNING, "T, 100.0 MiB free, and this build may take up to 140.0 MiB",
	  "make room there, or name another place (--output)", BOTH },
	{ large_target_elsewhere, "target", OK, "T/target.raw", "", BOTH },
	{ nothing, "out", OK, "T/out/x/y, 50.0 GiB free", "", BOTH },
	{ room_for_less, "out", MISSING, "T/out/x/y, 100 B free, and a build takes 16.0 MiB at least",
	  "make room there, or name another place (--out)", BOTH },
	{ out_closed, "out", MISSING, "T/out cannot be written to: Permission denied",
	  "name another place (--out), or run ramimg as the user whose it is", USER },
	{ out_here, "out", OK, "ramimg-there-is-no-such, 50.0 GiB free", "", BOTH },
	{ nothing, "output", OK, NULL, NULL, BOTH },
	{ output, "output", OK, "T, 50.0 GiB free", "", BOTH },
	{ output_here, "output", OK, "., 50.0 GiB free", "", BOTH },
	{ output_in_root, "output", MISSING, "/ cannot be written to: Permission denied", "*--output*", USER },
	{ nothing, "target", OK, "T/target.raw, 50.0 GiB free beside it", "", BOTH },
	{ no_target, "target", OK, NULL, NULL, BOTH },
	{ target_absent, "target", MISSING, "T/target.raw: No such file or directory",
	  "name an image file or a block device that exists", BOTH },
	{ path_on_proxmox, "target", MISSING, "T/target.raw: No such file or directory", "*", BOTH },
	{ target_of_proxmox, "target", OK, "vm-105-disk-0: Proxmox VE is asked for it by build", "", BOTH },
	{ target_closed, "target", MISSING, "T/target.raw cannot be written to: Permission denied",
	  "run ramimg as the user whose it is, or write a new image (--output)", USER },
	{ target_to_read, "target", OK, "T/target.raw", "", USER },
	{ target_unreadable, "target", MISSING, "T/target.raw cannot be read: Permission denied",
	  "run ramimg as the user whose it is", USER },
	{ target_device, "target", OK, "/dev/null", "", BOTH },
};
/* clang-format on */

static bool like(const char *pattern, const struct ri_buf *got, bool root)
{
	RI_BUF want = { 0 };
	RI_BUF plain = { 0 };

	if (pattern[0] == '@')
		ri_buf_addf(&want, "%s%s", root ? "" : "sudo ", pattern + 1);
	else
		ri_buf_add_str(&want, pattern);
	assert_false(want.oom);
	made_plain(got->p ? got->p : "", &plain);
	return fnmatch(want.p, plain.p ? plain.p : "", FNM_NOESCAPE) == 0;
}

static void check_lack(const struct lack *l, size_t n, bool root, unsigned parts)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	const struct ri_checked *r = NULL;
	struct ri_err e = { 0 };

	made_new(root);
	l->take();
	check_ok(l->row, ri_doctor_look(&made.h, parts, &d, &e), &e);
	for (size_t i = 0; i < d.n; i++)
		if (strcmp(d.v[i].name, l->row) == 0)
			r = &d.v[i];
	if (!r != !l->found)
		fail_msg("%zu, %s: there is %s row [%s]", n, l->row, r ? "a" : "no",
		    r ? r->found.p : "");
	if (r && (r->health != l->health || !like(l->found, &r->found, root) ||
		     !like(l->remedy, &r->remedy, made.h.uid == 0)))
		fail_msg("%zu, %s, for %s: %s [%s], remedy [%s]", n, l->row,
		    root ? "root" : "a user", ri_health_word(r->health), r->found.p,
		    r->remedy.n ? r->remedy.p : "");
	made_end();
}

static void check_all(const struct lack *v, size_t n)
{
	const unsigned parts = v == tools ? RI_DOCTOR_ALL : RI_DOCTOR_ALL & ~RI_DOCTOR_VERSIONS;

	for (size_t i = 0; i < n; i++) {
		if (v[i].who != USER && made.was_root)
			check_lack(&v[i], i, true, parts);
		if (v[i].who != ROOT)
			check_lack(&v[i], i, false, parts);
	}
}

#define TABLE(name)                                                                                \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		check_all(name, sizeof name / sizeof *name);                                       \
	}
TABLE(tools)
TABLE(appliances)
TABLE(machines)
TABLE(rooms)

static void names_of(unsigned parts, struct ri_buf *out)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	struct ri_err e = { 0 };

	check_ok("look", ri_doctor_look(&made.h, parts, &d, &e), &e);
	assert_int_equal(ri_doctor_missing(&d), 0);
	check_ok("refuse", ri_doctor_refuse(&d, &e), &e);
	for (size_t i = 0; i < d.n; i++)
		ri_buf_addf(out, "%s ", d.v[i].name);
	assert_false(out->oom);
}

/* A dry run takes no appliance, a build no versions, and neither what is a warning at most. */
static void test_parts(void **state)
{
	static const struct {
		unsigned parts;
		const char *names;
	} rows[] = {
		{ RI_DOCTOR_STAGE, "qemu-img qemu-nbd stage " },
		{ RI_DOCTOR_STAGE | RI_DOCTOR_APPLIANCE,
		    "qemu-img qemu-nbd libguestfs supermin kernel cache qemu kvm stage out output " },
		{ RI_DOCTOR_ALL,
		    "host qemu-img qemu-nbd libguestfs supermin kernel cache qemu kvm memory "
		    "stage out output target " },
	};

	(void)state;
	made_new(false);
	made.h.output = made.output;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF names = { 0 };

		names_of(rows[i].parts, &names);
		assert_string_equal(names.p, rows[i].names);
	}
	made.h.out = "";
	RI_BUF kept = { 0 };

	names_of(RI_DOCTOR_STAGE | RI_DOCTOR_APPLIANCE, &kept);
	assert_string_equal(kept.p,
	    "qemu-img qemu-nbd libguestfs supermin kernel cache qemu kvm stage output ");
	/* Nor does it run them. */
	qemu_img_fails();
	for (size_t i = 0; i < 2; i++) {
		RI_BUF names = { 0 };

		names_of(rows[i].parts, &names);
	}
	made_end();
}

/* The first that is missing is what a build says. */
static void test_refuse(void **state)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	made_new(false);
	drop("bin/qemu-nbd");
	drop("bin/supermin");
	check_ok("look", ri_doctor_look(&made.h, RI_DOCTOR_STAGE | RI_DOCTOR_APPLIANCE, &d, &e),
	    &e);
	assert_int_equal(ri_doctor_missing(&d), 2);
	check_err("refuse", ri_doctor_refuse(&d, &e), &e, RI_E_IO,
	    "qemu-nbd: there is no qemu-nbd in PATH; sudo apt install qemu-utils "
	    "(`ramimg doctor` shows all that a build needs)");
	made_end();
}

/* As a build that finds it later says it: of the right kind. */
static void test_refuse_room(void **state)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	made_new(false);
	stage_small();
	check_ok("look", ri_doctor_look(&made.h, RI_DOCTOR_STAGE, &d, &e), &e);
	assert_int_equal(ri_doctor_refuse(&d, &e), -1);
	assert_int_equal(e.code, RI_E_BUDGET);
	made_end();
}

/* This host, as libguestfs and the environment say. */
static void test_this_host(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	const struct ri_doctor_names names = { .out = "o", .target = "t" };
	struct ri_doctor_host h = { 0 };
	struct ri_err e = { 0 };
	uint64_t bytes = 0;

	(void)state;
	check_ok("job", ri_job_defaults(&job, &e), &e);
	job.kvm = RI_KVM_NO;
	check_ok("host", ri_doctor_host(&job, &names, &h, &e), &e);
	assert_non_null(h.guestfs);
	assert_true(h.guestfs->memsize >= 500 && h.guestfs->hv[0] == '/');
	assert_string_equal(h.out, "o");
	assert_string_equal(h.target, "t");
	assert_true(h.uid == geteuid() && h.kvm == RI_KVM_NO && h.mark && !h.output);
	assert_true(h.env("PATH") && h.space("/tmp", &bytes) && !h.space("/no/such", &bytes));
	ri_doctor_host_free(&h);
	check_ok("host", ri_doctor_host(&job, &(struct ri_doctor_names){ 0 }, &h, &e), &e);
	assert_string_equal(h.out, "out");
	ri_doctor_host_free(&h);
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	made.was_root = geteuid() == 0;
	if (!made.was_root)
		print_message("only what a user finds is looked at: this is not root\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_appliances),
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_rooms),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_refuse_room),
		cmocka_unit_test(test_this_host),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
