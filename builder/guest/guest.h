// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's disk as ramimg works on it: a table of operations, so that what decides can be
 * tested on a fake. Two answer: libguestfs's appliance (appliance/appliance.h) and the direct
 * reader (reader/reader.h). Only the appliance can write, which its type says: struct ri_guest_rw.
 *
 * Each operation returns 0; or -1 and *@e: RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM, and of the direct reader
 * RI_E_UNSUPPORTED where it does not know.
 *
 * Paths are the guest's, absolute, and resolved inside it: a symlink cannot lead out.
 */
#include "base/strv.h"
#include "format/manifest.h"
#include "plan/facts.h"

enum ri_kind { RI_KIND_NONE, RI_KIND_FILE, RI_KIND_DIR, RI_KIND_LINK, RI_KIND_OTHER };

/** A block device or partition with a file system ("swap", "crypto_LUKS"; "" unknown) on it. */
struct ri_guest_fs {
	char *device, *type;
};

struct ri_guest_fslist {
	struct ri_guest_fs *v;
	size_t n;
};
void ri_guest_fslist_free(struct ri_guest_fslist *l);
/** The type of @device's file system; NULL where it is not in the list. */
const char *ri_guest_fslist_type(const struct ri_guest_fslist *l, const char *device);

/** What inspection says of one operating system. */
struct ri_guest_os {
	char *type;    /* "linux", "windows", … */
	char *arch;    /* "x86_64" */
	char *product; /* "Debian GNU/Linux 12 (bookworm)" */
	/* Its fstab's file systems, the root first, then by length of the mount point. */
	struct ri_strv mountpoints, devices;
};
void ri_guest_os_free(struct ri_guest_os *o);
/**
 * Add a file system to @o's, after those that it may be mounted below: the root, which has to be added
 * first, then by length of the mount point; among equals in the order in which they come. The first device
 * for a mount point is the one that counts. @return 0; -1 RI_E_NOMEM.
 */
int ri_guest_os_add_mount(struct ri_guest_os *o, const char *mountpoint, const char *device,
    struct ri_err *e) RI_MUST_CHECK;

struct ri_guest;
struct ri_rules;
struct ri_source;

struct ri_guest_ops {
	int (*filesystems)(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e);
	/** Check all of an unmounted ext file system and mend what is safe to mend (e2fsck -f -p);
	 *  @bad: it needs more than that. */
	int (*preen)(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e);
	/** The root devices of the operating systems found. */
	int (*roots)(struct ri_guest *g, struct ri_strv *out, struct ri_err *e);
	int (*os)(struct ri_guest *g, const char *root, struct ri_guest_os *out, struct ri_err *e);
	int (*mount)(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
	    struct ri_err *e);
	int (*umount_all)(struct ri_guest *g, struct ri_err *e);
	/** Add "UUID=…", "LABEL=…" and "PARTUUID=…" of a device to @out, as far as it has them. */
	int (*tags)(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e);
	/** UUID and place of a device in GRUB's words; root_spec as root= says it. */
	int (*device)(struct ri_guest *g, const char *device, char **uuid, char **root_spec,
	    struct ri_bootdev *out, struct ri_err *e);
	/** Of the file system at @path, in bytes: its size, and what root may still write. */
	int (*space)(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
	    struct ri_err *e);
	/** What is at @path; a symlink is RI_KIND_LINK. */
	int (*kind)(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e);
	/** Where @path leads once symlinks are followed, for free(); RI_E_IO where it leads nowhere. */
	int (*resolve)(struct ri_guest *g, const char *path, char **out, struct ri_err *e);
	/** Names in @dir with the sizes of regular files (others UINT64_MAX). */
	int (*list)(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
	    struct ri_err *e);
	/** Append the content of the file @path; more than @max bytes of it are RI_E_GUEST. */
	int (*read)(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
	    struct ri_err *e);
	/** The file @path into the file @host_path, which is made or replaced. */
	int (*download)(struct ri_guest *g, const char *path, const char *host_path,
	    struct ri_err *e);
	/** Of the content of the file @path, in lower case. */
	int (*sha256)(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
	    struct ri_err *e);
	/** Paths that match a glob(7) pattern. */
	int (*glob)(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e);
	/** Bytes that @path and all below take on the disk. */
	int (*usage)(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e);
	/**
	 * The whole tree as an archive's source, ended by ri_source_freep. It need not give what @rules
	 * leave out, nor what matches @excludes, which says the same for this guest in GNU tar's patterns on
	 * names that begin with "./" (guest/find_excluded.h). Both are borrowed, and @g answers nothing else,
	 * until the source is freed.
	 */
	int (*source)(struct ri_guest *g, const struct ri_rules *rules,
	    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e);
	void (*close)(struct ri_guest *g);
};

struct ri_guest {
	const struct ri_guest_ops *ops;
	bool
	    ask_appliance; /* it could not answer something that the appliance may know: reader/reader.h */
};

/** Close and forget; for RI_ON_EXIT. */
void ri_guest_closep(struct ri_guest **g);

struct ri_guest_rw;

/** What is written is in the appliance's memory until sync or shutdown. */
struct ri_guest_write_ops {
	/** @s into the file @path, which is made or replaced. */
	int (*write)(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e);
	/** The file @host_path into the file @path, which is made or replaced. */
	int (*upload)(struct ri_guest_rw *w, const char *host_path, const char *path,
	    struct ri_err *e);
	/** Owner root, mode @mode; with @like: mode, owner and xattrs of that file. */
	int (*attrs)(struct ri_guest_rw *w, const char *path, unsigned mode, const char *like,
	    struct ri_err *e);
	/** As rename(2): within one file system, and what was at @to goes. */
	int (*rename)(struct ri_guest_rw *w, const char *from, const char *to, struct ri_err *e);
	/** A file that is there, or a link. */
	int (*remove)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/** An existing directory; one that is not empty stays, which is not an error. */
	int (*rmdir)(struct ri_guest_rw *w, const char *path, struct ri_err *e);
	/** The directory @path and its missing parents; @path gets @mode where it is made. */
	int (*mkdirs)(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e);
	/** Flush all to the disk, and forget what was read, so that the disk itself is read next. */
	int (*sync)(struct ri_guest_rw *w, struct ri_err *e);
	/** Unmount, flush, end the appliance: late write errors show here. @w stays to be closed. */
	int (*shutdown)(struct ri_guest_rw *w, struct ri_err *e);
};

/** A guest that can be written to. */
struct ri_guest_rw {
	struct ri_guest g; /* to be asked */
	const struct ri_guest_write_ops *ops;
	const char *phase; /* under which long transfers report their progress; NULL: they do not */
};

/** Close and forget; for RI_ON_EXIT. */
void ri_guest_rw_closep(struct ri_guest_rw **w);
