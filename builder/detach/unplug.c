// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "detach/unplug.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pvehost/pvevm.h"
#include "pvehost/volume_users.h"
#include "qemu/qemu_args.h"

/* A closing node may have to write caches out (qemu-server gives it ten minutes). */
#define NODE_WAIT_MS 600000
#define STEP_MS 500

/* Which of them, in this order. */
enum what { DISK, CONTROLLER, DRIVE, NODE, THROTTLE, IOTHREAD };

struct step {
	enum what what;
	const char *id;
};

struct steps {
	struct step v[128];
	size_t n;
};

static void add(struct steps *s, bool wanted, enum what what, const char *id)
{
	if (wanted && s->n < sizeof s->v / sizeof s->v[0])
		s->v[s->n++] = (struct step){ what, id };
}

/* @l must outlive the steps. */
static void plan(const struct ri_qemu_names *d, const struct ri_qmp_disk *l, struct steps *s)
{
	bool alone = *d->controller && !d->shared && !l->shared;

	add(s, l->disk, DISK, d->key);
	add(s, alone && l->controller, CONTROLLER, d->controller);
	/* A -drive goes with its device; one that is left over has none. */
	add(s, l->legacy && !l->disk, DRIVE, d->drive);
	for (size_t i = 0; i < l->nodes.n; i++)
		add(s, true, NODE, l->nodes.v[i]);
	add(s, l->throttle, THROTTLE, d->throttle);
	add(s, l->iothread && (alone || !*d->controller), IOTHREAD, d->iothread);
}

/* Its name, and what it is told: never nothing, for which QEMU's refusal could look as if the part were gone. */
static const char *command_of(const struct step *s, json_t **args, struct ri_err *e)
{
	const char *command = "object-del", *key = "id", *value = s->id;
	char line[80];

	switch (s->what) {
	case DISK:
	case CONTROLLER:
		command = "device_del";
		break;
	case DRIVE:
		snprintf(line, sizeof line, "drive_del %.60s", s->id);
		command = "human-monitor-command";
		key = "command-line";
		value = line;
		break;
	case NODE:
		command = "blockdev-del";
		key = "node-name";
		break;
	case THROTTLE:
	case IOTHREAD:
		break;
	}
	*args = json_pack("{s:s}", key, value);
	if (*args)
		return command;
	ri_nomem(e);
	return NULL;
}

int ri_unplug_plan(const struct ri_unplug *u, struct ri_strv *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };
	struct steps s = { .n = 0 };

	if (ri_qmp_disk_look(u->q, u->dev, &l, e) < 0)
		return -1;
	plan(u->dev, &l, &s);
	for (size_t i = 0; i < s.n; i++) {
		json_t *args = NULL;
		const char *command = command_of(&s.v[i], &args, e);
		RI_JSON all = NULL;
		RI_BUF text = { 0 };

		if (!command)
			return -1;
		all = json_pack("{s:s, s:o}", "execute", command, "arguments", args);
		if (ri_json_write(all, JSON_COMPACT, &text, e) < 0 ||
		    ri_strv_add(out, text.p, e) < 0)
			return -1;
	}
	return 0;
}

struct gone {
	const char *id;
	bool refused;
};

/* For ri_qmp_await: 1 when the device is not there any more, or the guest said no. */
static int is_gone(struct ri_qmp *q, void *arg, struct ri_err *e)
{
	struct gone *g = arg;
	int there;

	g->refused = ri_qmp_take_event(q, "DEVICE_UNPLUG_GUEST_ERROR", g->id);
	if (g->refused)
		return 1;
	there = ri_qmp_disk_device(q, g->id, e);
	return there < 0 ? -1 : !there;
}

static int unplug_device(const struct ri_unplug *u, const struct step *s, struct ri_err *e)
{
	struct gone g = { .id = s->id };
	struct ri_err why = { 0 };
	json_t *args = NULL;
	const char *command = command_of(s, &args, e);
	int rc;

	if (!command)
		return -1;
	rc = ri_qmp_call(u->q, command, args, 60000, NULL, &why);
	if (rc < 0 && ri_qmp_refused(u->q, "DeviceNotFound"))
		return 0;
	/* Asked before, by a run that ended there: what counts is that it goes. */
	if (rc < 0 && !strstr(why.msg, "already in the process of unplug")) {
		*e = why;
		return -1;
	}
	rc = ri_qmp_await(u->q, "DEVICE_DELETED", s->id, u->wait_ms, STEP_MS, is_gone, &g, e);
	if (rc < 0)
		return -1;
	if (rc == 1 && !g.refused)
		return 0;
	return ri_fail(e, RI_E_BUSY, 0,
	    g.refused
		? "the guest refused to let go of %s"
		: "the guest did not let go of %s within %u s (its PCI hotplug does not answer; QEMU "
		  "keeps the request, so the device may still go later)",
	    s->id, u->wait_ms / 1000);
}

/* A part that went with an earlier one is not an error. */
static int remove_rest(const struct ri_unplug *u, const struct step *s, struct ri_err *e)
{
	struct ri_err why = { 0 };
	json_t *args = NULL;
	const char *command = command_of(s, &args, e);

	if (!command)
		return -1;
	if (ri_qmp_call(u->q, command, args, s->what == NODE ? NODE_WAIT_MS : 60000, NULL, &why) ==
		0 ||
	    strstr(why.msg, "Failed to find node with node-name") || strstr(why.msg, "not found"))
		return 0;
	*e = why;
	return -1;
}

static bool had(const struct ri_unplug *u, const char *option, const char *id)
{
	return *id && ri_qemu_args_find(u->argv, option, id);
}

/* QEMU's name of an rbd image, "rbd:POOL/IMAGE", and the path that it has where it is mapped. */
static bool is_image(const char *file, const char *path)
{
	static const char dev[] = "/dev/rbd-pve/";
	const char *at = strncmp(file, "rbd:", 4) == 0 ? strstr(path, dev) : NULL;

	at = at ? strchr(at + strlen(dev), '/') : NULL;
	return at && strcmp(at + 1, file + 4) == 0;
}

/*
 * Whether the command line can plug the disk in again: it has it, and with the volume that the
 * configuration says. A disk that was moved to another storage since is still there with the old
 * one.
 */
static int check_undo(const struct ri_unplug *u, struct ri_err *e)
{
	const char *value = ri_qemu_args_find(u->argv, "-drive", u->dev->drive);
	RI_FREE char *path = NULL;
	RI_BUF file = { 0 };

	if (!had(u, "-device", u->dev->key))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "QEMU's command line has no device %s",
		    u->dev->key);
	value = value ? value : ri_qemu_args_find(u->argv, "-blockdev", u->dev->drive);
	ri_qemu_args_file(value ? value : "", &file);
	if (ri_buf_check(&file, e) < 0 || ri_volid_host_path(u->h, u->volid, &path, e) < 0)
		return -1;
	if (file.n > 0 && path && (ri_file_same(file.p, path) || is_image(file.p, path)))
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "QEMU's command line has %s with %.200s, which is not known to be %.200s", u->dev->key,
	    file.n > 0 ? file.p : "no file", u->volid);
}

static int step(const struct ri_unplug *u, const struct step *s, struct ri_err *e)
{
	if (s->what == DISK || s->what == CONTROLLER)
		return unplug_device(u, s, e);
	return remove_rest(u, s, e);
}

bool ri_unplug_ended(const struct ri_unplug *u)
{
	struct ri_err ignored;
	int now;

	return ri_pvevm_running(u->h, u->vmid, &now, &ignored) == 0 && now != u->pid;
}

/* An unplug that failed may have been done all the same, where only its answer was lost. */
static int say_of_disk(const struct ri_unplug *u, struct ri_err *e)
{
	struct ri_err why = { 0 };
	int there = e->code == RI_E_BUSY ? 1 : ri_qmp_disk_device(u->q, u->dev->key, &why);

	if (there == 1)
		return -1;
	return ri_ctx(e, "%s, and the configuration is unchanged; run it again to continue",
	    there == 0 ? "the disk is out of QEMU, the rest of it is not"
		       : "it is not known whether QEMU still has the disk");
}

static int say_what_is_left(const struct ri_unplug *u, const struct step *s, struct ri_err *e)
{
	if (ri_unplug_ended(u))
		return -1;
	/* Up to the controller all can be had back; behind it only leftovers are at stake. */
	if (s->what == CONTROLLER)
		return ri_unplug_put_back(u, "run it again, or restart the VM", e);
	if (s->what == DISK)
		return say_of_disk(u, e);
	return ri_ctx(e,
	    "the disk is out of QEMU, %s may still be in it, and the configuration is unchanged; run "
	    "it again to continue",
	    s->id);
}

int ri_unplug_run(const struct ri_unplug *u, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };
	struct steps s = { .n = 0 };
	struct ri_err why = { 0 };

	if (ri_qmp_disk_look(u->q, u->dev, &l, e) < 0)
		return -1;
	if (l.disk && check_undo(u, &why) < 0) {
		if (why.code == RI_E_NOMEM) {
			*e = why;
			return -1;
		}
		ri_log(RI_LOG_WARN,
		    "%s cannot be put back should the guest not let go of all of it: %s",
		    u->dev->key, why.msg);
	}
	plan(u->dev, &l, &s);
	for (size_t i = 0; i < s.n; i++)
		if (step(u, &s.v[i], e) < 0)
			return say_what_is_left(u, &s.v[i], e);
	if (u->did && s.n > 0)
		*u->did = true;
	return 0;
}

/* A line of the human monitor; what it prints is the error ("OK" from drive_add aside). */
static int hmp(const struct ri_unplug *u, const char *command, const char *value, struct ri_err *e)
{
	RI_BUF line = { 0 };
	RI_JSON said = NULL;
	struct ri_span words;

	/* object_add takes the rest of the line as it is, the others a word that may be quoted. */
	if (strcmp(command, "object_add") == 0) {
		ri_buf_addf(&line, "%s %s", command, value);
	} else {
		ri_buf_addf(&line, "%s \"", command);
		for (const char *c = value; *c; c++)
			ri_buf_addf(&line, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		ri_buf_add_str(&line, "\"");
	}
	if (ri_buf_check(&line, e) < 0 ||
	    ri_qmp_call(u->q, "human-monitor-command", json_pack("{s:s}", "command-line", line.p),
		60000, &said, e) < 0)
		return -1;
	words = ri_span_trim(ri_str(json_string_value(said) ? json_string_value(said) : ""));
	return words.n == 0 || ri_span_eq(words, ri_str("OK"))
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "%s: %.*s", command, (int)words.n, words.p);
}

/* Give QEMU an option of its command line again. */
static int again(const struct ri_unplug *u, const char *option, const char *id, const char *qmp,
    const char *human, struct ri_err *e)
{
	const char *value = ri_qemu_args_find(u->argv, option, id);
	json_t *args;

	if (!value)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "QEMU's command line has no %s %s", option,
		    id);
	if (*value == '{') {
		args = json_loads(value, 0, NULL); /* it was found by what it says */
		return args ? ri_qmp_call(u->q, qmp, args, 60000, NULL, e) : ri_nomem(e);
	}
	return hmp(u, human, value, e);
}

static int plug(const struct ri_unplug *u, const struct ri_qmp_disk *l, struct ri_err *e)
{
	const struct ri_qemu_names *d = u->dev;

	if ((!l->throttle && had(u, "-object", d->throttle) &&
		again(u, "-object", d->throttle, "object-add", "object_add", e) < 0) ||
	    (!l->iothread && had(u, "-object", d->iothread) &&
		again(u, "-object", d->iothread, "object-add", "object_add", e) < 0))
		return -1;
	if (had(u, "-drive", d->drive)
		? !l->legacy && again(u, "-drive", d->drive, "", "drive_add auto", e) < 0
		: l->nodes.n == 0 && again(u, "-blockdev", d->drive, "blockdev-add", "", e) < 0)
		return -1;
	if (*d->controller && !l->controller &&
	    again(u, "-device", d->controller, "device_add", "device_add", e) < 0)
		return -1;
	return again(u, "-device", d->key, "device_add", "device_add", e);
}

/*
 * What was added before a step failed, out again: a volume that QEMU holds open while the
 * configuration says that it is detached would be in the way of whoever takes it. A controller and
 * its I/O thread that were there @before stay.
 */
static void take_back(const struct ri_unplug *u, const struct ri_qmp_disk *before)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };
	struct steps s = { .n = 0 };
	struct ri_err why = { 0 };

	if (ri_qmp_disk_look(u->q, u->dev, &l, &why) < 0) {
		ri_log(RI_LOG_WARN, "what was plugged in is left: %s", why.msg);
		return;
	}
	l.controller = l.controller && !before->controller;
	l.iothread = l.iothread && !before->iothread;
	plan(u->dev, &l, &s);
	for (size_t i = 0; i < s.n; i++)
		if (step(u, &s.v[i], &why) < 0)
			ri_log(RI_LOG_WARN, "%s is left in QEMU: %s", s.v[i].id, why.msg);
}

int ri_unplug_undo(const struct ri_unplug *u, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };

	if (ri_qmp_disk_look(u->q, u->dev, &l, e) < 0)
		return -1;
	if (l.disk)
		return 0;
	if (check_undo(u, e) < 0)
		return -1;
	if (plug(u, &l, e) == 0) {
		if (u->did)
			*u->did = true;
		return 0;
	}
	if (!ri_unplug_ended(u))
		take_back(u, &l);
	return -1;
}

int ri_unplug_put_back(const struct ri_unplug *u, const char *advice, struct ri_err *e)
{
	struct ri_err undone = { 0 };
	struct ri_err why = { 0 };

	if (ri_unplug_undo(u, &undone) == 0)
		return ri_ctx(e, "the disk is plugged in again and nothing has changed");
	if (ri_unplug_ended(u))
		return -1;
	if (ri_qmp_disk_device(u->q, u->dev->key, &why) == 0)
		return ri_ctx(e,
		    "the disk is out of QEMU and could not be put back (%s), its configuration "
		    "is unchanged; %s",
		    undone.msg, advice);
	return ri_ctx(e,
	    "it is not known whether QEMU has the disk again (%s), its configuration is unchanged; %s",
	    undone.msg, advice);
}
