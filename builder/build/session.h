// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A volume opened for work: it is locked, it has a stage, and the facts of its guest are known.
 * Closing the session discards everything that was not committed.
 *
 * Two readers answer questions about the guest: the direct reader (reader/reader.h) at once, if it
 * fully understands the disk; the appliance slowly, always, and only it can write.
 */
#include "commit/commit.h"
#include "guest/guest.h"
#include "plan/job.h"
#include "plan/plan.h"
#include "pvehost/locate.h"
#include "volume/stage.h"

/** What a volume is opened for. */
enum ri_session_use {
	RI_SESSION_LOOK, /* nothing is written; others may read the volume at the same time */
	RI_SESSION_EXPORT, /* the stage becomes a new image, or is thrown away; others may read the volume */
	RI_SESSION_CHANGE, /* the stage is committed to the volume, which nobody else may use */
};

/** What to open, as the command line names it; everything is borrowed. */
struct ri_named_target {
	const char *target, *format; /* format: NULL if the name decides */
	const char *pve_root;        /* of a Proxmox VE host; NULL: this host, if it is one */
};

struct ri_appliance_use;

/** How the two readers are opened. */
struct ri_session_openers {
	/** As ri_reader_open (reader/reader.h). */
	int (*reader)(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e);
	/** As ri_reader_open_stage. */
	int (*stage_reader)(const struct ri_stage *s, struct ri_guest **out, struct ri_err *e);
	/** As ri_appmodule_open (appmodule/appmodule.h). */
	int (*appliance)(const struct ri_stage *s, const struct ri_appliance_use *use,
	    struct ri_guest_rw **out, struct ri_err *e);
	const struct ri_commit_io *commit;
	/** As ri_privileges_shed (host/privileges.h), once all is open; NULL: a test keeps what it has. */
	int (*shed)(bool devices, struct ri_err *e);
};

/** The real ones: the direct reader and libguestfs's appliance. */
extern const struct ri_session_openers ri_session_openers;

/** A session, for ri_session_close. Initialise with RI_SESSION_INIT. */
struct ri_session {
	const struct ri_session_openers *openers; /* a test has its own */
	bool undo;                                /* a commit keeps what was there (stage.undo) */
	enum ri_kvm kvm;                          /* the appliance's (appliance.kvm) */
	bool uploads; /* the caller sets it before opening if files will be uploaded */
	enum ri_session_use use;
	struct ri_location place;
	struct ri_volume volume;
	struct ri_stage stage;
	struct ri_guest *reader;       /* the direct reader, while it is open; else NULL */
	struct ri_guest_rw *appliance; /* NULL until it is needed */
	bool direct;                   /* the direct reader can read this guest */
	struct ri_facts facts;
};

#define RI_SESSION_INIT                                                                            \
	{                                                                                          \
		.openers = &ri_session_openers, .place = RI_PLACE_INIT, .volume = RI_VOLUME_INIT   \
	}

/**
 * Find @t and open it into *@s, which must not be moved afterwards, as the stage refers to the
 * volume. The appliance is started only if the direct reader cannot determine the facts.
 * @return 0; -1 as ri_locate_open, ri_stage_new, ri_inspect. In either case the caller calls
 *         ri_session_close.
 */
int ri_session_open(const struct ri_named_target *t, enum ri_session_use use,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * The first half of ri_session_open: the volume is locked and staged, and nobody has looked into it.
 * @return 0; -1 as ri_locate_open, ri_stage_new. In either case the caller calls ri_session_close.
 */
int ri_session_begin(const struct ri_named_target *t, enum ri_session_use use,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
/** The other half: give up privileges, and determine the facts. @return 0; -1 as ri_inspect. */
int ri_session_inspect(struct ri_session *s, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whom to ask about the guest of an opened session: the direct reader, as long as it is open,
 * otherwise the appliance. Owned by @s.
 */
static inline struct ri_guest *ri_session_guest(const struct ri_session *s)
{
	return s->reader ? s->reader : &s->appliance->g;
}

/**
 * A question to the guest @g. It may be asked a second time, of another reader, and must then begin
 * from scratch.
 * @return 0; -1.
 */
typedef int ri_session_read_fn(struct ri_guest *g, void *arg, struct ri_err *e);

/**
 * Ask @fn of the current reader and, if that is the direct reader and was not certain, of the
 * appliance. That something was found to be wrong (RI_E_VERIFY) is an answer, and is not asked
 * again.
 * @return 0; -1 as @fn, or as ri_session_write.
 */
int ri_session_read(struct ri_session *s, ri_session_read_fn *fn, void *arg,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Before a plan is made by @job: find out from the guest's initrd what made it (guest/inspect_initrd.h), into s->facts.
 * @return 0; -1 as ri_inspect_initrd and ri_session_read.
 */
int ri_session_find_generator(struct ri_session *s, const struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * After the failure @e of a question: whether to ask again, because it was the direct reader that
 * was not certain. If so, the appliance has taken its place, with the guest mounted.
 * @return 0: ask again; -1 with *@e as it was, or as starting the appliance failed.
 */
int ri_session_again(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Make sure that the appliance runs; if it has to be started, mount the guest in it for writing.
 * @return 0; -1 as ri_appliance_open, ri_guest_mount_checked.
 */
int ri_session_write(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Let the direct reader read what the appliance has written so far; meanwhile the guest is mounted
 * nowhere else. If it cannot, the appliance carries on as before and s->reader is NULL. Ended by
 * ri_session_resume.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_session_reread(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
/**
 * Close the direct reader and mount the guest in the appliance again.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED.
 */
int ri_session_resume(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Start the appliance if need be, carry out @acts (which upload @bytes bytes, for the progress),
 * read everything back, check the file systems, and end the appliance with every error looked at.
 * Then the stage is complete, and the volume still as it was.
 * @return 0; -1 RI_E_VERIFY, RI_E_GUEST, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_session_stage(struct ri_session *s, const struct ri_actions *acts, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * ri_session_stage for @acts that upload nothing, and then the commit to the volume.
 * @return 0; -1 as ri_session_stage and ri_commit.
 */
int ri_session_change(struct ri_session *s, const struct ri_actions *acts,
    struct ri_err *e) RI_MUST_CHECK;
/** Commit what is staged to the volume. @return 0; -1 as ri_commit (commit/commit.h). */
int ri_session_commit(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
/** End the readers, discard what was not committed, and release volume and lock. */
void ri_session_close(struct ri_session *s);
