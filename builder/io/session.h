#pragma once
/*
 * A volume opened for work: locked, staged, its guest mounted and its facts known. What is not
 * committed vanishes with it.
 */
#include "core/job.h"
#include "io/guest.h"
#include "io/place.h"

/** What is to be opened, as the command line said it. */
struct ri_named_target {
	const char *target, *format; /* format: NULL where the name decides */
	const char *pve_root;        /* of a Proxmox VE host; NULL: this one, if it is one */
};

struct ri_session {
	bool uploads; /* for the caller to set: files will be uploaded, and shall be fast */
	struct ri_place place;
	struct ri_volume volume;
	struct ri_stage stage;
	struct ri_guest *guest;
	struct ri_facts facts;
};

#define RI_SESSION_INIT                                                                            \
	{                                                                                          \
		.place = RI_PLACE_INIT, .volume = RI_VOLUME_INIT                                   \
	}

/**
 * Find and open @t into *@s (initialised with RI_SESSION_INIT, not moved afterwards: the stage refers to
 * the volume). With @readonly the guest is mounted so, and others may read the volume too.
 * @return 0; -1 and the caller's ri_session_close sweeps what there is.
 */
int ri_session_open(const struct ri_named_target *t, bool readonly, bool mount_readonly,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
/** End the appliance with every error looked at; the stage is whole afterwards. @return 0; -1. */
int ri_session_finish(struct ri_session *s, struct ri_err *e) RI_MUST_CHECK;
void ri_session_close(struct ri_session *s);
