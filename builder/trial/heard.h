// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the loader said over the status port (docs/loader.md, "The status port"). Whatever is in it is the guest's word.
 */
#include "host/loader_status.h"

/** For ri_trial_heard_free. Zero-initialise it. */
struct ri_trial_heard {
	bool any; /* the loader has said something: */
	struct ri_loader_status status;
};
void ri_trial_heard_free(struct ri_trial_heard *h);

/**
 * Read the last whole status in @said, all that came over the port; what is no status is passed over.
 * @return 0 with *@out, of which `any` says whether there was one; -1 RI_E_NOMEM.
 */
int ri_trial_hear(struct ri_span said, struct ri_trial_heard *out, struct ri_err *e) RI_MUST_CHECK;

/** Whether the end of what a console has shown asks for a login: "debian login: ", whatever colours it has. */
bool ri_trial_asks_login(struct ri_span shown);
/** What it shows of an end: a kernel's panic, or a prompt that only a person would answer. @return words about it, or NULL. */
const char *ri_trial_given_up(struct ri_span shown);
