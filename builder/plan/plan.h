// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The plan: what a build will do, decided before anything is written. Pure: facts and job in,
 * ordered actions out, or a refusal that says why.
 */
#include "plan/facts.h"
#include "plan/job.h"
#include "plan/ram_need.h"
#include "plan/rules.h"
#include "plan/undo.h"

enum ri_act_kind {
	RI_ACT_PUT,    /* bytes into path, by temporary name and rename */
	RI_ACT_UPLOAD, /* a file of the host likewise: the archive, the initrd */
	RI_ACT_REMOVE, /* the file path, where it exists */
	RI_ACT_RMDIR,  /* the directory path, where it exists and is empty */
	RI_ACT_CLEAR, /* all but what a slim image keeps (guest/clear.h); trimmed once the rest is done */
};

struct ri_action {
	enum ri_act_kind kind;
	const char *path;     /* in the guest */
	struct ri_span bytes; /* RI_ACT_PUT */
	unsigned mode;        /* of a new file */
	bool keep_attrs;      /* where path exists: its mode, owner and xattrs stay */
	/* RI_ACT_UPLOAD, once that file is made (ri_actions_set_file): */
	const char *host_path; /* borrowed */
	char sha256[RI_SHA256_HEX + 1];
	const char *why; /* shown by --dry-run, and the context of an error */
};

/** What times of their last change the files have that actions put, and the directories that they change. */
enum ri_act_times {
	RI_TIMES_NOW,  /* when it is done */
	RI_TIMES_KEPT, /* as if nothing had been changed, as far as there was something before */
	RI_TIMES_DATE, /* ri_actions.date */
};

struct ri_actions {
	struct ri_action v[32];
	size_t n;
	enum ri_act_times times;
	int64_t date;                 /* RI_TIMES_DATE: in seconds since 1970 */
	const struct ri_facts *facts; /* of RI_ACT_CLEAR: what is mounted; borrowed */
};

/** A file that only the root in RAM has, root's, with the mode 0644. */
struct ri_added {
	const char *path;
	struct ri_buf bytes;
};
#define RI_ADDED_MAX 3

struct ri_plan {
	enum ri_form form;
	bool slim;                 /* the image has the RAM set alone (job.h) */
	struct ri_kernels kernels; /* the first boots (plan/kernel_choice.h) */
	char *stock_kernel; /* the version that the guest's own default entry boots; or NULL */
	char *entry_id;     /* "ramimg-<root uuid>", "~ramimg-…" (grub/bls.h) */
	char *entry_path;   /* of the file that the entry is (plan/bls.h); NULL: in grub.cfg */
	char *cmdline;      /* the kernel's arguments */
	/* Of a boot without a disk, as GRUB's script and as the kernel has them (plan/diskless.h); or empty. */
	struct ri_buf diskless_script, diskless_line;
	struct ri_buf entry; /* the block with the menu entry */
	struct ri_buf
	    not_inherited; /* what it has not of the guest's own entry, and why; or empty */
	struct ri_buf fstab_archive;         /* the fstab inside the archive */
	struct ri_added added[RI_ADDED_MAX]; /* beside that, and what cloud-init is told */
	size_t added_n;
	struct ri_span cloud_archive; /* what cloud-init is told there; empty: nothing */
	struct ri_buf text[RI_TEXTS]; /* the texts as they will be */
	struct ri_buf default_cfg;    /* /etc/default/grub.d/zz-ramimg.cfg, or empty */
	bool counting;                /* GRUB counts the boots that fail (plan/boot_count.h) */
	struct ri_buf esp_note;  /* what on an EFI partition may start something else; or empty */
	const char *not_counted; /* why it cannot although it was asked to; else NULL */
	struct ri_buf record;    /* for plan/drift.h */
	struct ri_buf grubenv;   /* its environment block; empty: stays as it is */
	struct ri_buf
	    grubenv_before;        /* while packing, as without an earlier build; empty: as it is */
	bool saves_default;        /* the default is in that block (plan/bls.h), */
	struct ri_buf saved_entry; /* and this is what it was before the first build */
	struct ri_buf untested;    /* what of the guest nobody has seen work; or empty */
	struct ri_rules rules;     /* what the archive leaves out */
	struct ri_ram_need about;  /* an estimate (build/ram_estimate.h); least 0: not known */
	struct ri_undo undo;       /* the texts without an earlier build's traces */
	const char *archive_path;  /* in the guest */
	struct ri_actions undo_actions; /* before packing: the earlier build's traces go */
	struct ri_actions actions;      /* after packing: inert files first, fstab and GRUB last */
};

/**
 * Decide everything about building @f.
 * @return 0, or -1 with RI_E_UNSUPPORTED (kind of guest), RI_E_GUEST (its content), RI_E_BUDGET (a
 *         limit), RI_E_NOMEM.
 */
int ri_plan_make(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_plan_free(struct ri_plan *p);

/** Whether the guest's own default entry boots kernel @version. */
static inline bool ri_plan_is_stock_kernel(const struct ri_plan *p, const char *version)
{
	return p->stock_kernel && strcmp(p->stock_kernel, version) == 0;
}

/**
 * Whether the new files fit into the @free_bytes of the file system at @mountpoint, with 4 MiB to
 * spare for the small files and the file system's own blocks.
 * @return 0; -1 RI_E_BUDGET with the figures.
 */
int ri_plan_fits(uint64_t archive_bytes, uint64_t initrd_bytes, const char *mountpoint,
    uint64_t free_bytes, struct ri_err *e) RI_MUST_CHECK;

/**
 * How long the archive may be for ri_plan_fits, beside an initrd of at least @initrd_bytes.
 * @return 0; -1 RI_E_BUDGET: not even the initrd fits, with the figures.
 */
int ri_plan_room(uint64_t initrd_bytes, const char *mountpoint, uint64_t free_bytes, uint64_t *room,
    struct ri_err *e) RI_MUST_CHECK;

/** Decide what `ramimg revert` does with @f: actions into @out->clean, nothing else. */
int ri_plan_revert(const struct ri_facts *f, struct ri_plan *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Decide how the count of failed boots is reset: one action in @out->clean and nothing else; no
 * action if the count is 0.
 */
int ri_plan_clear_count(const struct ri_facts *f, struct ri_plan *out,
    struct ri_err *e) RI_MUST_CHECK;

/** Where the state keeps each text's original and what a build made of it. */
extern const char *const ri_plan_orig_path[RI_TEXTS];
extern const char *const ri_plan_ours_path[RI_TEXTS];
