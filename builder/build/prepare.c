// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/prepare.h"
#include "base/cancel.h"
#include "build/room.h"
#include "guest/apply.h"

#include <pthread.h>

struct packer {
	struct ri_guest *from;
	const struct ri_job *job;
	const struct ri_facts *facts;
	struct ri_plan *plan;
	const struct ri_dir *dir;
	struct ri_payload *out;
	int rc;
	struct ri_err err;
};

static int make(struct packer *p, struct ri_err *e)
{
	return ri_payload_make(p->from, p->job, p->facts, p->plan, p->dir, p->out, e);
}

static int make_from(struct ri_guest *g, void *arg, struct ri_err *e)
{
	struct packer *p = arg;

	p->from = g;
	return make(p, e);
}

static void *pack(void *arg)
{
	struct packer *p = arg;

	p->rc = make(p, &p->err);
	/* Nobody needs the appliance then, and it may take half a minute to start. */
	if (p->rc < 0 && !ri_guest_is_unsure(p->from, &p->err))
		ri_cancel_request();
	return NULL;
}

/* Either may fail and end the other; the one that was not merely interrupted is the cause. */
static int beside(struct ri_session *s, struct packer *p, struct ri_err *e)
{
	pthread_t thread;
	int rc;

	p->from = s->reader;
	if (ri_room_before(p->from, p->facts, p->plan, p->dir, e) < 0)
		return -1;
	rc = pthread_create(&thread, NULL, pack, p);
	if (rc != 0)
		return ri_fail(e, RI_E_IO, rc, "starting a thread");
	rc = ri_session_write(s, e);
	if (rc < 0)
		ri_cancel_request();
	pthread_join(thread, NULL);
	if (p->rc == 0 && rc == 0) {
		ri_guest_closep(&s->reader);
		return 0;
	}
	if (p->rc < 0 && (rc == 0 || e->code == RI_E_CANCELLED))
		*e = p->err;
	return -1;
}

/* Where the reader did not know, the appliance is there by now. */
static int together(struct ri_session *s, struct packer *p, struct ri_err *e)
{
	if (beside(s, p, e) == 0)
		return 0;
	return ri_session_again(s, e) < 0 ? -1 : ri_session_read(s, make_from, p, e);
}

static int one_after_the_other(struct ri_session *s, struct packer *p, struct ri_err *e)
{
	if (ri_session_write(s, e) < 0)
		return -1;
	if (ri_apply(s->appliance, &p->plan->undo_actions, e) < 0)
		return ri_ctx(e, "taking back the earlier build");
	if (ri_session_reread(s, e) < 0)
		return -1;
	return ri_session_read(s, make_from, p, e);
}

int ri_prepare(struct ri_session *s, const struct ri_job *job, struct ri_plan *plan,
    const struct ri_dir *dir, struct ri_payload *out, struct ri_err *e)
{
	struct packer p = { .job = job, .facts = &s->facts, .plan = plan, .dir = dir, .out = out };

	if (s->direct && plan->undo_actions.n == 0 ? together(s, &p, e) < 0
						   : one_after_the_other(s, &p, e) < 0)
		return -1;
	return ri_session_resume(s, e);
}
