// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to this folder, and the only file that includes libguestfs's header. Each operation of
 * guest/guest.h is a call or two of libguestfs; what to do with the answers is decided elsewhere.
 */
#include "appliance/appliance.h"
#include "appliance/transfer_disk.h"
#include "appliance/tree_disk.h"
#include "appliance/watchdog.h"
#include "guest/guest.h"
#include "host/kvm_words.h"
#include "volume/stage.h"

#include <guestfs.h>

/* Seconds to end in, which means to unmount and to flush what is left in the appliance's memory. */
#define RI_APPLIANCE_END_LIMIT_S 120
/*
 * And for all its work. Reading 100 GB emulated takes six hours; what a guest can make it do would never end: a
 * file of 16 TiB whose holes the kernel does not tell.
 */
#define RI_APPLIANCE_WORK_LIMIT_S (24 * 3600)
/* Its watchdog, as private data of its handle. */
#define RI_APPLIANCE_WATCH "ramimg-watch"

/** A running appliance. */
struct ri_appliance {
	struct ri_guest_rw w; /* first, so that a pointer to it is one to the whole */
	guestfs_h *h;         /* owned */
	struct ri_watchdog watch;
	bool uploads;                /* it gets a transfer disk */
	struct ri_transfer handover; /* fd -1: without one, uploads take the slower way */
	bool reads;                  /* it gets a tree disk */
	struct ri_tree_disk tree;    /* fd -1: without one, the tree comes the slower way */
	struct ri_kvm_words words;   /* what QEMU has said of KVM during the launch */
	bool ran;   /* the last launch came as far as QEMU, for all that is known */
	bool lacks; /* it did not, for something that the host lacks */
	bool with_kvm;
	char *table_of,
	    *table; /* owned; a disk and the kind of its partition table, once asked for */
};

/** libguestfs's handle of @g, which must be an appliance's. */
static inline guestfs_h *ri_appliance_handle(struct ri_guest *g)
{
	return ((struct ri_appliance *)g)->h;
}

/**
 * Turn libguestfs's last error into ours: "WHAT: its message".
 * @return always -1, RI_E_IO, or RI_E_CANCELLED after a signal.
 */
int ri_appliance_fail(guestfs_h *h, struct ri_err *e, const char *what);
/** Append copies of the strings of a list from libguestfs. @return 0; -1 RI_E_NOMEM. */
int ri_appliance_copy_list(char **l, struct ri_strv *out, struct ri_err *e);
/** Release a list from libguestfs and its strings; *@l may be NULL. */
void ri_appliance_free_list(char ***l);

/**
 * Add a transfer disk to an appliance that has not been launched yet. A failure is logged and
 * leaves the appliance without one.
 */
void ri_appliance_transfer_add(struct ri_appliance *gfs, const struct ri_stage *s);
/** Take its name away: QEMU has it open, or the launch failed. */
void ri_appliance_transfer_unname(const struct ri_stage *s);
/** The same for a tree disk. */
void ri_appliance_tree_add(struct ri_appliance *gfs, const struct ri_stage *s);
void ri_appliance_tree_unname(const struct ri_stage *s);
/**
 * The whole tree by way of the tree disk, as ri_guest_ops.source. Where there is none, or it does not work out,
 * which is logged, *@out is NULL.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_appliance_tree_source(struct ri_appliance *gfs, const struct ri_strv *excludes,
    struct ri_source **out, struct ri_err *e);
/**
 * The SHA-256 of a large file of the guest, by way of the tree disk: the appliance copies the file there, from the
 * mounted file system and not from its page cache, and the host reads and sums what it got. Anything but the file's
 * bytes gives another sum, as the disk is empty before. Where the file is small, or this does not work out, which is
 * logged, @hex is empty.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_appliance_tree_sha256(struct ri_appliance *gfs, const char *path,
    char hex[RI_SHA256_HEX + 1], struct ri_err *e);
/** Whether the appliance's shell takes no character of @path for anything but itself. */
bool ri_appliance_is_harmless(const char *path);
/** Another appliance, or none, knows nothing of this one's disks. */
void ri_appliance_forget_table(struct ri_appliance *gfs);
/**
 * Whether @disk is the guest's, which is the first one, rather than one of ours.
 * @return 0 with the answer in *@yes; -1 RI_E_IO.
 */
int ri_appliance_is_guests(guestfs_h *h, const char *disk, bool *yes, struct ri_err *e);
/**
 * Make sure that LVM's groups on the disk are whole.
 * @return 0; -1 RI_E_UNSUPPORTED: one has a physical volume elsewhere, or is described elsewhere; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_appliance_check_groups(guestfs_h *h, struct ri_err *e);

/**
 * Start the appliance on the stage's overlay for @use, with KVM if it works or as @use says.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, and the caller's ri_appliance_let_go releases what there
 *         is.
 */
int ri_appliance_launch(struct ri_appliance *gfs, const struct ri_stage *s,
    const struct ri_appliance_use *use, struct ri_err *e);
/** Close the handle, which takes RI_APPLIANCE_END_LIMIT_S at most, and the transfer disk. */
void ri_appliance_let_go(struct ri_appliance *gfs);

#define RI_APPLIANCE_LIST RI_ON_EXIT(ri_appliance_free_list) char **

/* The operations of struct ri_guest_ops and ri_guest_write_ops, which describe them. */
int ri_appliance_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e);
int ri_appliance_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e);
int ri_appliance_unclean(struct ri_guest *g, const char *device, enum ri_unclean *out,
    struct ri_err *e);
int ri_appliance_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e);
int ri_appliance_mount(struct ri_guest *g, const char *device, const char *mountpoint,
    bool readonly, struct ri_err *e);
int ri_appliance_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e);
int ri_appliance_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e);
int ri_appliance_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e);
int ri_appliance_umount_all(struct ri_guest *g, struct ri_err *e);
int ri_appliance_tags(struct ri_guest *g, const char *device, struct ri_strv *out,
    struct ri_err *e);
int ri_appliance_device(struct ri_guest *g, const char *dev, char **uuid, char **root_spec,
    struct ri_bootdev *out, struct ri_err *e);
int ri_appliance_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e);
int ri_appliance_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e);
int ri_appliance_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e);
int ri_appliance_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e);
int ri_appliance_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e);
int ri_appliance_write(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e);
int ri_appliance_upload(struct ri_guest_rw *w, const char *host_path, const char *path,
    struct ri_err *e);
int ri_appliance_download(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
    struct ri_err *e);
int ri_appliance_attrs(struct ri_guest_rw *w, const char *path, unsigned mode, const char *like,
    struct ri_err *e);
int ri_appliance_mtime(struct ri_guest_rw *w, const char *path, struct timespec *out,
    struct ri_err *e);
int ri_appliance_set_mtime(struct ri_guest_rw *w, const char *path, const struct timespec *t,
    struct ri_err *e);
int ri_appliance_rename(struct ri_guest_rw *w, const char *from, const char *to, struct ri_err *e);
int ri_appliance_remove(struct ri_guest_rw *w, const char *path, struct ri_err *e);
int ri_appliance_rmdir(struct ri_guest_rw *w, const char *path, struct ri_err *e);
int ri_appliance_remove_tree(struct ri_guest_rw *w, const char *path, struct ri_err *e);
int ri_appliance_trim(struct ri_guest_rw *w, const char *path, struct ri_err *e);
int ri_appliance_mkdirs(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e);
int ri_appliance_sync(struct ri_guest_rw *w, struct ri_err *e);
int ri_appliance_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e);
int ri_appliance_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out,
    struct ri_err *e);
int ri_appliance_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e);
int ri_appliance_source(struct ri_guest *g, const struct ri_rules *rules,
    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e);
