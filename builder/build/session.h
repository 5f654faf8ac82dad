// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A volume opened for work: locked, staged, its guest's facts known. Anything not committed is
 * discarded with it.
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
	RI_SESSION_LOOK,   /* nothing is written; others may read the volume at the same time */
	RI_SESSION_EXPORT, /* the stage is written to and becomes a new image; likewise */
	RI_SESSION_CHANGE, /* the stage is written to and let through; nobody else may have it */
};

/** What is to be opened, as the command line said it. */
struct ri_named_target {
	const char *target, *format; /* format: NULL if the name decides */
	const char *pve_root;        /* of a Proxmox VE host; NULL: this one, if it is one */
};

struct ri_appliance_use;

/** Who answers. */
struct ri_session_openers {
	/** As ri_reader_open (reader/reader.h). */
	int (*reader)(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e);
	/** As ri_reader_open_stage. */
	int (*stage_reader)(const struct ri_stage *s, struct ri_guest **out, struct ri_err *e);
	/** As ri_appliance_open (appliance/appliance.h). */
	int (*appliance)(const struct ri_stage *s, const struct ri_appliance_use *use,
	    struct ri_guest_rw **out, struct ri_err *e);
	const struct ri_commit_io *commit;
};

/** The direct reader and libguestfs's appliance. */
extern const struct ri_session_openers ri_session_openers;

struct ri_session {
	const struct ri_session_openers *openers; /* a test has its own */
	bool undo;                                /* a commit keeps what was there (stage.undo) */
	bool uploads; /* for the caller to set: files will be uploaded, and shall be fast */
	struct ri_location place;
	struct ri_volume volume;
	struct ri_stage stage;
	struct ri_guest *reader;       /* the direct one, while it is open */
	struct ri_guest_rw *appliance; /* NULL until it is needed */
	bool direct;                   /* it can read this guest */
	struct ri_facts facts;
};

#define RI_SESSION_INIT                                                                            \
	{                                                                                          \
		.openers = &ri_session_openers, .place = RI_PLACE_INIT, .volume = RI_VOLUME_INIT   \
	}

/**
 * Find and open @t into *@s (initialised with RI_SESSION_INIT, not moved afterwards: the stage
 * refers to the volume). The appliance is started only if the direct reader cannot determine the
 * facts.
 * @return 0; -1 and the caller's ri_session_close sweeps what there is.
 */
int ri_session_open(const struct ri_named_target *t, enum ri_session_use use,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * The reader to ask about the guest of an opened session: the direct reader as long as it is open.
 */
static inline struct ri_guest *ri_session_guest(const struct ri_session *s)
{
	return s->reader ? s->reader : &s->appliance->g;
}

/** A question to the guest @g: it may be asked twice, and begins anew then. @return 0; -1. */
typedef int ri_session_read_fn(struct ri_guest *g, void *arg, struct ri_err *e);

/**
 * Ask the current reader, and then the appliance if the direct reader was not sure. What was found
 * to be wrong (RI_E_VERIFY) is an answer.
 * @return 0; -1 as @fn, or the appliance's own.
 */
int ri_session_read(struct ri_session *s, ri_session_read_fn *fn, void *arg,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * After a failure while the guest was asked: whether to try once more, as it was the direct reader
 * that did not know, and now the appliance answers, with the guest mounted.
 * @return 0 to try again; -1 with *@e as it was, or the appliance's own.
 */
int ri_session_again(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/** Have the appliance, with the guest mounted to be written. @return 0; -1. */
int ri_session_write(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Have the direct reader read what has been written since, while the guest is mounted nowhere else.
 * Where it cannot, the appliance goes on as before and s->reader is NULL. Ended by
 * ri_session_resume.
 * @return 0; -1.
 */
int ri_session_reread(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
/** Give the guest back to the appliance. @return 0; -1. */
int ri_session_resume(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Have the appliance, do what @acts says, of which @bytes are uploaded (for the progress), read it
 * back, check the file systems, and end the appliance with every error looked at: the stage is
 * whole afterwards, and the volume as it was.
 * @return 0; -1 RI_E_VERIFY, RI_E_GUEST, RI_E_IO, RI_E_CANCELLED.
 */
int ri_session_stage(struct ri_session *s, const struct ri_actions *acts, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * ri_session_stage of @acts that upload nothing, and then let it through to the volume.
 * @return 0; -1 as ri_session_stage and ri_session_commit.
 */
int ri_session_change(struct ri_session *s, const struct ri_actions *acts,
    struct ri_err *e) RI_MUST_CHECK;
/** Let what is staged through to the volume. @return 0; -1 as ri_commit. */
int ri_session_commit(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
void ri_session_close(struct ri_session *s);
