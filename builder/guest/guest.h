// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's disk as ramimg works on it: a table of operations, so that the code that makes the
 * decisions can be tested on a fake. There are two implementations: libguestfs's appliance
 * (appliance/appliance.h) and the direct reader (reader/reader.h). Only the appliance can write,
 * and its type says so: struct ri_guest_rw.
 *
 * Errors: each operation returns 0, or -1 with *@e set. Any of them may fail with RI_E_IO (a file
 * or device that does not exist or is of the wrong kind, a read or write error, an appliance or
 * reader that died), RI_E_CANCELLED or RI_E_NOMEM, and the direct reader with RI_E_UNSUPPORTED
 * where it is not certain of the answer. An operation's own comment names only what comes on top.
 *
 * Ownership: arguments are borrowed for the duration of the call. Results belong to the caller:
 * strings and arrays are for free(), structures for their own ..._free function. "Append" means
 * that what @out already holds is kept; after a failure part of the answer may have been appended.
 *
 * Paths are the guest's own, absolute, and resolved inside the guest, in what is mounted: a
 * symbolic link cannot lead out. Devices carry libguestfs's names ("/dev/sda1", "/dev/vg/root").
 * All sizes are in bytes.
 */
#include "base/strv.h"
#include "format/manifest.h"
#include "plan/facts.h"

#include <errno.h>
#include <time.h>

/**
 * What there is at a path: nothing, a regular file, a directory, a symbolic link, or another kind.
 */
enum ri_kind { RI_KIND_NONE, RI_KIND_FILE, RI_KIND_DIR, RI_KIND_LINK, RI_KIND_OTHER };

/**
 * A block device that may hold a file system, and the type of its content as blkid(8) names it:
 * "ext4", "swap", "crypto_LUKS"; "" if unknown.
 */
struct ri_guest_fs {
	char *device, *type;
};

struct ri_guest_fslist {
	struct ri_guest_fs *v;
	size_t n;
};
/** Release the list's memory and make it empty. */
void ri_guest_fslist_free(struct ri_guest_fslist *l);
/** The type of @device's file system, owned by @l; NULL if the device is not in the list. */
const char *ri_guest_fslist_type(const struct ri_guest_fslist *l, const char *device);

/** How an ext file system was left. */
enum ri_unclean {
	RI_UNCLEAN_NOT,
	RI_UNCLEAN_STOPPED, /* not unmounted, as of a VM that was stopped hard: a journal to replay, if it has one */
	RI_UNCLEAN_ERROR, /* the kernel, or an earlier check, put an error on record */
};

struct ri_guest;
struct ri_rules;
struct ri_source;

/** The operations that read. */
struct ri_guest_ops {
	/**
	 * List what may hold a file system: whole disks without partitions, partitions, md arrays
	 * and logical volumes. *@out is for ri_guest_fslist_free.
	 */
	int (*filesystems)(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e);
	/**
	 * Check the whole of an ext file system, which must not be mounted, and repair what can be
	 * repaired safely (e2fsck -f -p). *@bad: it needs more than that, which is not an error.
	 * The direct reader repairs nothing: RI_E_UNSUPPORTED if the file system is not clean.
	 */
	int (*preen)(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e);
	/**
	 * What the ext file system on @device, which is not mounted, says of how it was left; nothing of one whose
	 * superblock cannot be read. NULL where preen refuses all but a clean one.
	 */
	int (*unclean)(struct ri_guest *g, const char *device, enum ri_unclean *out,
	    struct ri_err *e);
	/**
	 * Append, in words, which operating systems are on the disk, where ri_find_root found no Linux. The
	 * direct reader does not know: RI_E_UNSUPPORTED.
	 */
	int (*describe)(struct ri_guest *g, struct ri_buf *out, struct ri_err *e);
	/**
	 * Mount @device at the existing directory @mountpoint, "/" first. The direct reader mounts
	 * everything read-only.
	 */
	int (*mount)(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
	    struct ri_err *e);
	/**
	 * Append the subvolumes of the btrfs on @device, and which is the default one. Nothing is mounted
	 * before; afterwards its top-level subvolume is, read-only, at "/". RI_E_UNSUPPORTED: the file
	 * system has other devices too; RI_E_BUDGET: ri_subvols_add.
	 */
	int (*subvolumes)(struct ri_guest *g, const char *device, struct ri_subvols *out,
	    struct ri_err *e);
	/** As mount, the subvolume @id of the btrfs on @device. */
	int (*mount_subvolume)(struct ri_guest *g, const char *device, uint64_t id,
	    const char *mountpoint, bool readonly, struct ri_err *e);
	/** Whether the subvolume at @path was made as a snapshot of another. */
	int (*is_snapshot)(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e);
	/** Unmount everything that this guest has mounted. */
	int (*umount_all)(struct ri_guest *g, struct ri_err *e);
	/**
	 * Append "UUID=…", "LABEL=…", "PARTUUID=…" and "PARTLABEL=…" of @device to @out, as far as it has
	 * them, and of a logical volume its path "/dev/mapper/…".
	 */
	int (*tags)(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e);
	/**
	 * How @device is addressed: *@uuid is its file system's UUID ("" if it has none),
	 * *@root_spec what root= on the kernel line has to say, and *@out where GRUB finds it. The
	 * caller zeroes all three beforehand and frees their strings afterwards, after a failure
	 * too. RI_E_UNSUPPORTED: software RAID.
	 */
	int (*device)(struct ri_guest *g, const char *device, char **uuid, char **root_spec,
	    struct ri_bootdev *out, struct ri_err *e);
	/**
	 * Of the file system that holds @path, in bytes: *@size is its size, *@avail what root may
	 * still write, reserved blocks included.
	 */
	int (*space)(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
	    struct ri_err *e);
	/**
	 * What there is at @path. A symbolic link at its end is not followed: it is RI_KIND_LINK.
	 * Nothing at @path, or symbolic links before it that lead round in a circle, is RI_KIND_NONE,
	 * not an error.
	 */
	int (*kind)(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e);
	/** The path that @path leads to once all symbolic links are followed; ri_guest_leads_nowhere: to none. */
	int (*resolve)(struct ri_guest *g, const char *path, char **out, struct ri_err *e);
	/**
	 * The entries of the directory @dir, without "." and "..", in no particular order. @names
	 * is empty before the call and gets the names; *@sizes has for each of them the length in
	 * bytes of a regular file, and UINT64_MAX for anything else. RI_E_IO: @dir is not a
	 * directory.
	 */
	int (*list)(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
	    struct ri_err *e);
	/**
	 * Append the content of the file @path; symbolic links are followed. RI_E_BUDGET: it has
	 * more than @max bytes, and nothing is appended.
	 */
	int (*read)(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
	    struct ri_err *e);
	/**
	 * Copy the content of the guest's file @path to the host's file @host_path, which is
	 * created (mode 0666 less the umask) or overwritten. It is not synced. After a failure it
	 * holds part of the content, and the caller removes it. RI_E_BUDGET: it has more than @max
	 * bytes, and nothing is copied.
	 */
	int (*download)(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
	    struct ri_err *e);
	/** The SHA-256 of the content of the file @path, in lower-case hexadecimal, with a NUL. */
	int (*sha256)(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
	    struct ri_err *e);
	/**
	 * Append the paths that match a glob(7) pattern, sorted; directories with a "/" at the end.
	 * No match is not an error.
	 */
	int (*glob)(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e);
	/**
	 * The disk space in bytes, in whole KiB as du(1) counts it, that @path and everything below
	 * it take up: a hole takes none, and a file with several names counts once.
	 */
	int (*usage)(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e);
	/**
	 * The whole mounted tree as an archive's source (pack/source.h), for ri_source_freep. The
	 * source may already leave out what @rules exclude, and what matches @excludes, which says
	 * the same for this guest in GNU tar's patterns on names that begin with "./"
	 * (guest/find_excluded.h). Until the source is freed, both stay borrowed and no other
	 * operation may be called on @g.
	 */
	int (*source)(struct ri_guest *g, const struct ri_rules *rules,
	    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e);
	/** End the appliance or the reader's process and free @g. What was not synced is lost. */
	void (*close)(struct ri_guest *g);
};

/** A guest that can be read. */
struct ri_guest {
	const struct ri_guest_ops *ops;
	/* It could not answer something that the appliance may know: see reader/reader.h. */
	bool ask_appliance;
};

/**
 * Whether the failure @e of @g says nothing of the guest because the appliance may know more. A limit
 * (RI_E_BUDGET) is one whoever reads.
 */
static inline bool ri_guest_is_unsure(const struct ri_guest *g, const struct ri_err *e)
{
	return g->ask_appliance && e->code != RI_E_BUDGET;
}
/**
 * Whether the failure @e of an operation on a path says that the path leads to nothing, and not that nobody
 * knows where it leads: a disk that cannot be read is no missing file.
 */
static inline bool ri_guest_leads_nowhere(const struct ri_err *e)
{
	return e->code == RI_E_IO &&
	       (e->sys == ENOENT || e->sys == ELOOP || e->sys == ENOTDIR || e->sys == ENAMETOOLONG);
}

/** Close *@g, if it is not NULL, and set it to NULL; for RI_ON_EXIT. */
void ri_guest_closep(struct ri_guest **g);

struct ri_guest_rw;

/**
 * The operations that write. What they write is in the appliance's memory until sync or shutdown,
 * so an error of the disk (no space, a write error) may show only there.
 */
struct ri_guest_write_ops {
	/** Make the bytes @s the content of the file @path, which is created or overwritten. */
	int (*write)(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e);
	/**
	 * Copy the content of the host's file @host_path to the guest's file @path, which is
	 * created or overwritten; the attributes are for attrs to set. Progress is reported under
	 * @w->phase. After a failure @path holds part of the content.
	 */
	int (*upload)(struct ri_guest_rw *w, const char *host_path, const char *path,
	    struct ri_err *e);
	/**
	 * Give the file @path the owner root:root and the permissions @mode or, where @like is not
	 * NULL, the permissions, owner and extended attributes of the file @like.
	 */
	int (*attrs)(struct ri_guest_rw *w, const char *path, unsigned mode, const char *like,
	    struct ri_err *e);
	/** When the file or directory @path, or what it leads to, was last changed. */
	int (*mtime)(struct ri_guest_rw *w, const char *path, struct timespec *out,
	    struct ri_err *e);
	/** Let the file or directory @path have been changed and read last at @t. */
	int (*set_mtime)(struct ri_guest_rw *w, const char *path, const struct timespec *t,
	    struct ri_err *e);
	/**
	 * Rename @from to @to as rename(2) does: atomically, and a file at @to is replaced.
	 * RI_E_IO: they are on different file systems, @from does not exist, @to is a directory.
	 */
	int (*rename)(struct ri_guest_rw *w, const char *from, const char *to, struct ri_err *e);
	/**
	 * Remove the file or symbolic link @path. RI_E_IO: it does not exist, or is a directory.
	 */
	int (*remove)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/** Remove the directory @path, which must exist. One that is not empty stays; no error. */
	int (*rmdir)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/** Remove @path with all below it; nothing may be mounted there. RI_E_IO: something of it stays. */
	int (*remove_tree)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/** Tell the disk which blocks the file system mounted at @path does not use. */
	int (*trim)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/**
	 * Create the directory @path and its missing parents. @path gets the permissions @mode if
	 * it is created; an existing directory is left as it is.
	 */
	int (*mkdirs)(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e);
	/**
	 * Write everything that is still in memory to the disk and drop the caches, so that the
	 * next read comes from the disk itself. File systems stay mounted.
	 */
	int (*sync)(struct ri_guest_rw *w, struct ri_err *e);
	/**
	 * Unmount, flush and end the appliance: the last place where a write error can show, so its
	 * result must be checked before a commit. Afterwards only close may be called on @w.
	 */
	int (*shutdown)(struct ri_guest_rw *w, struct ri_err *e);
};

/** A guest that can be read and written. */
struct ri_guest_rw {
	struct ri_guest g; /* for the operations that read */
	const struct ri_guest_write_ops *ops;
	const char *phase; /* the name of their progress in long transfers, borrowed; NULL: none */
	uint64_t phase_total; /* bytes that the phase transfers in all; 0: not known */
	uint64_t phase_done;  /* by the transfers that are complete */
};

/** Close *@w, if it is not NULL, and set it to NULL; for RI_ON_EXIT. */
void ri_guest_rw_closep(struct ri_guest_rw **w);
