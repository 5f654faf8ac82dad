// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/agent.h"
#include "host/base64.h"
#include "host/clock.h"

enum { ANSWER_MS = 20000, SYNC_MS = 3000, STEP_MS = 250 };

#define ENVIRONMENT                                                                                \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL\n"

/* QEMU knows whether somebody in the guest has the port open. */
static int is_open(struct ri_trial_vm *vm, struct ri_err *e)
{
	RI_JSON all = NULL;
	json_t *c;
	size_t i;

	if (ri_qmp_call(vm->monitor, "query-chardev", NULL, ANSWER_MS, &all, e) < 0)
		return -1;
	json_array_foreach(all, i, c)
	{
		const char *label = json_string_value(json_object_get(c, "label"));

		if (label && strcmp(label, RI_TRIAL_AGENT) == 0)
			return json_is_true(json_object_get(c, "frontend-open"));
	}
	return 0;
}

int ri_trial_agent_answers(struct ri_trial_vm *vm, struct ri_err *e)
{
	struct ri_err why = { 0 };
	int rc = is_open(vm, e);

	if (rc <= 0)
		return rc;
	if (ri_qga_sync(vm->agent, SYNC_MS, &why) == 0)
		return 1;
	if (why.code != RI_E_CANCELLED && why.code != RI_E_NOMEM)
		return 0;
	*e = why;
	return -1;
}

void ri_trial_ran_free(struct ri_trial_ran *r)
{
	ri_buf_free(&r->out);
	ri_buf_free(&r->err);
}

static int begin(struct ri_trial_vm *vm, const char *command, json_int_t *pid, struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_JSON got = NULL;

	ri_buf_add_str(&text, ENVIRONMENT);
	ri_buf_add_str(&text, command);
	if (ri_buf_check(&text, e) < 0 ||
	    ri_qmp_call(vm->agent, "guest-exec",
		json_pack("{s:s, s:[s, o], s:b}", "path", "/bin/sh", "arg", "-c",
		    ri_json_text(text.p), "capture-output", 1),
		ANSWER_MS, &got, e) < 0)
		return -1;
	*pid = json_integer_value(json_object_get(got, "pid"));
	return 0;
}

static int take_text(json_t *status, const char *key, struct ri_buf *out, struct ri_err *e)
{
	const char *text = json_string_value(json_object_get(status, key));

	return text && ri_base64_decode(text, out, e) < 0 ? ri_ctx(e, "what the guest agent sent")
							  : 0;
}

static int end(json_t *status, struct ri_trial_ran *out, struct ri_err *e)
{
	json_t *sig = json_object_get(status, "signal");

	out->status = sig ? 128 + (int)json_integer_value(sig)
			  : (int)json_integer_value(json_object_get(status, "exitcode"));
	if (take_text(status, "out-data", &out->out, e) < 0 ||
	    take_text(status, "err-data", &out->err, e) < 0)
		return -1;
	return 0;
}

int ri_trial_exec(struct ri_trial_vm *vm, const char *command, int64_t until,
    struct ri_trial_ran *out, struct ri_err *e)
{
	json_int_t pid = 0;

	if (begin(vm, command, &pid, e) < 0)
		return -1;
	for (;;) {
		int64_t next = ri_clock_ms() + STEP_MS;
		RI_JSON status = NULL;

		if (ri_qmp_call(vm->agent, "guest-exec-status", json_pack("{s:I}", "pid", pid),
			ANSWER_MS, &status, e) < 0)
			return -1;
		if (json_is_true(json_object_get(status, "exited")))
			return end(status, out, e);
		if (ri_clock_ms() >= until)
			return ri_fail(e, RI_E_IO, 0, "it had not ended when the time was up");
		for (int64_t now; (now = ri_clock_ms()) < next;) {
			int rc = ri_trial_vm_pump(vm, (int)(next - now), e);

			if (rc <= 0)
				return rc < 0 ? -1 : ri_fail(e, RI_E_IO, 0, "the machine ended");
		}
	}
}
