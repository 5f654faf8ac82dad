// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A QEMU with state that a VM of fake_host.h runs in: a process with the command line that Proxmox VE gives
 * it, and threads that serve its monitor and the agent of its guest. Its disk scsi0 hangs on a controller
 * of its own. A fault can be put at the nth command that it is sent.
 *
 * Nothing is waited for: where only time can end a wait in poll, as QEMU has done with every command and
 * there is nothing to read, the clock of deadlines (CLOCK_MONOTONIC) goes on by that time. One source of a
 * program defines FAKE_CLOCK, which replaces what that takes.
 *
 * So long because the state is one.
 */
#include "unit/fake_host.h"

#include "host/json.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

enum fake_fault {
	FAKE_REFUSED, /* an error, and nothing is done */
	FAKE_HUNG_UP, /* closed, and nothing is done */
	FAKE_LOST,    /* done, and closed instead of an answer */
	FAKE_GARBAGE, /* done, and answered by something that is no JSON */
	FAKE_LATE,    /* done, and answered only together with the next command */
	FAKE_SILENT,  /* not done, and nothing is done or answered any more */
	FAKE_FAULTS,
	/* Of these it does not recover: its process is gone. */
	FAKE_DIES,      /* nothing is done */
	FAKE_DIES_AFTER /* done and answered */
};

enum fake_thing {
	F_DISK,
	F_CONTROLLER,
	F_DRIVE,
	F_FORMAT,
	F_FILE,
	F_THROTTLE,
	F_IOTHREAD,
	F_THINGS
};

/* How its guest takes the request to let go of a device. */
enum fake_manner {
	GUEST_WILLING, /* at once, with an event */
	GUEST_UNHEARD, /* at once, and the event goes to another client */
	GUEST_SLOW,    /* at the third look from then on, with an event */
	GUEST_DEAF,    /* never, and QEMU keeps the request */
	GUEST_REFUSES  /* never, and says so */
};

/* Everything that it can have, by its name. */
static const char *const fake_names[F_THINGS] = { "scsi0", "virtioscsi0", "drive-scsi0", "fnode",
	"enode", "throttle-drive-scsi0", "iothread-virtioscsi0" };

#define FAKE_ALL ((1U << F_THINGS) - 1)
#define FAKE_RAM "{\"result\": \"ram\", \"build\": \"0123456789abcdef\", \"released\": [\"sda\"]}"

static struct fake_qemu {
	pthread_mutex_t mutex;
	pthread_t monitor_thread, agent_thread;
	int monitor, agent, alive; /* what they listen on; the process ends with @alive */
	pid_t pid;
	unsigned has; /* a bit a thing */
	unsigned operations;
	enum fake_manner manner; /* about one device, */
	enum fake_thing about;   /* this one; it is willing about the other */
	bool asked;              /* the request is there */
	unsigned looks;          /* since then */
	const char *status;
	const char *file,
	    *mounts; /* what its agent returns of the status file, if not that, and of mounts */
	bool legacy; /* its drive is a -drive */
	const char *machine;   /* its machine type */
	size_t calls, fail_at; /* the nth command; 0: none */
	const char *fail_in;   /* or the next one that has these words; NULL */
	enum fake_fault how;
	bool hangs;
	char failed[80];         /* the command that met with the fault */
	const char *hook_at;     /* before a command that has these words, */
	size_t hook_nth;         /* or before the nth, */
	void (*hook)(void);      /* this is done */
	int clients[2], serving; /* who is connected, and whose command is being done; -1: nobody */
	struct ri_buf late;
} fake = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/*
 * Whether there is one, how far the clock has gone on, and what was sent to QEMU, or connected, that it has not done
 * with yet.
 */
extern _Atomic bool fake_running;
extern _Atomic long fake_skipped_ms;
extern _Atomic int fake_pending;

#ifdef FAKE_CLOCK
_Atomic bool fake_running;
_Atomic long fake_skipped_ms;
_Atomic int fake_pending;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_MONOTONIC) {
		t->tv_sec += fake_skipped_ms / 1000;
		t->tv_nsec += fake_skipped_ms % 1000 * 1000000;
		t->tv_sec += t->tv_nsec / 1000000000;
		t->tv_nsec %= 1000000000;
	}
	return rc;
}

/* The monitor greets. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t n)
{
	const struct sockaddr_un *a = address.__sockaddr_un__;
	int rc = (int)syscall(SYS_connect, fd, a, n);

	fake_pending += rc == 0 && strstr(a->sun_path, ".qmp") != NULL;
	return rc;
}

/* A client's, which does not block, is a line, or what goes before one. */
ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	ssize_t rc = syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);

	fake_pending +=
	    (flags & MSG_DONTWAIT) && rc == (ssize_t)n && ((const char *)bytes)[n - 1] == '\n';
	return rc;
}

/* It is asked through sockets; a program is waited for as ever, and so is what a test without a QEMU waits for. */
static bool fake_is_waited_for(const struct pollfd *fds, nfds_t n)
{
	struct stat st;

	for (nfds_t i = 0; i < n; i++)
		if (fstat(fds[i].fd, &st) == 0 && !S_ISSOCK(st.st_mode))
			return false;
	return fake_running;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	const struct timespec all = { ms / 1000, ms % 1000 * 1000000 };

	if (!fake_is_waited_for(fds, n))
		return (int)syscall(SYS_ppoll, fds, n, ms < 0 ? NULL : &all, NULL, 0);
	for (int waited = 0; waited <= ms; waited++) {
		/* In this order: what it has done with can be read. */
		bool quiet = fake_pending == 0;
		struct timespec t = { .tv_nsec = quiet ? 0 : 1000000 };
		int rc = (int)syscall(SYS_ppoll, fds, n, &t, NULL, 0);

		if (rc != 0)
			return rc;
		if (quiet) {
			fake_skipped_ms += ms;
			return 0;
		}
	}
	return 0;
}
#endif

static bool fake_has(enum fake_thing t)
{
	return fake.has >> t & 1;
}

static int fake_find_thing(const char *name)
{
	for (int i = 0; i < F_THINGS; i++)
		if (strcmp(fake_names[i], name) == 0)
			return i;
	return -1;
}

static void fake_error(struct ri_buf *out, const char *class, const char *desc, const char *name)
{
	ri_buf_addf(out, "{\"error\": {\"class\": \"%s\", \"desc\": \"", class);
	for (const char *c = desc; *c; c++) {
		if (*c == '@')
			ri_buf_add_str(out, name);
		else
			ri_buf_add(out, c, 1);
	}
	ri_buf_add_str(out, "\"}}\r\n");
}

static void fake_done(struct ri_buf *out)
{
	ri_buf_add_str(out, "{\"return\": {}}\r\n");
}

static void fake_list(struct ri_buf *out, enum fake_thing from, enum fake_thing to)
{
	const char *comma = "";

	ri_buf_add_str(out, "{\"return\": [");
	for (int i = (int)from; i <= (int)to; i++)
		if (fake_has((enum fake_thing)i)) {
			ri_buf_addf(out, "%s{\"name\": \"%s\"}", comma, fake_names[i]);
			comma = ", ";
		}
	ri_buf_add_str(out, "]}\r\n");
}

static void fake_event(struct ri_buf *out, const char *event, enum fake_thing t)
{
	ri_buf_addf(out, "{\"event\": \"%s\", \"data\": {\"device\": \"%s\"}}\r\n", event,
	    fake_names[t]);
}

/* The nodes below one go with it. */
static void fake_go(enum fake_thing t)
{
	fake.has &= t == F_DRIVE ? ~(1U << F_DRIVE | 1U << F_FORMAT | 1U << F_FILE) : ~(1U << t);
	if (t == F_DISK && fake.legacy) /* a -drive goes with its device */
		fake_go(F_DRIVE);
	fake.asked = fake.asked && t != fake.about;
}

/* A guest that was asked is looked at. */
static void fake_look(struct ri_buf *out)
{
	fake.looks++;
	if (!fake.asked || fake.manner != GUEST_SLOW || fake.looks < 3)
		return;
	fake_go(fake.about);
	fake_event(out, "DEVICE_DELETED", fake.about);
}

static void fake_query(const char *command, const char *path, struct ri_buf *out)
{
	if (strcmp(command, "qom-list") == 0 && !*path) {
		fake_error(out, "GenericError", "Parameter 'path' is missing", "");
	} else if (strcmp(command, "qom-get") == 0) {
		ri_buf_addf(out, "{\"return\": \"%s\"}\r\n",
		    fake.machine ? fake.machine : "none-machine");
	} else if (strcmp(command, "query-block") == 0 && fake.legacy) {
		ri_buf_addf(out, "{\"return\": [");
		if (fake_has(F_DRIVE))
			ri_buf_addf(out, "{\"device\": \"drive-scsi0\", \"qdev\": \"%s\"}",
			    fake_has(F_DISK) ? "scsi0" : "");
		ri_buf_add_str(out, "]}\r\n");
	} else if (strcmp(command, "qom-list") == 0 && strcmp(path, "/objects") == 0) {
		fake_list(out, F_THROTTLE, F_IOTHREAD);
	} else if (strcmp(command, "qom-list") == 0) {
		fake_look(out);
		fake_list(out, F_DISK, F_CONTROLLER);
	} else if (strcmp(command, "x-debug-query-block-graph") == 0) {
		ri_buf_add_str(out, "{\"return\": {\"nodes\": [");
		for (int i = F_DRIVE; fake_has(F_DRIVE) && !fake.legacy && i <= F_FILE; i++)
			ri_buf_addf(out,
			    "%s{\"id\": %d, \"type\": \"block-driver\", \"name\": \"%s\"}",
			    i > F_DRIVE ? ", " : "", i, fake_names[i]);
		ri_buf_add_str(out, "], \"edges\": [");
		if (fake_has(F_DRIVE) && !fake.legacy)
			ri_buf_addf(out,
			    "{\"parent\": %d, \"child\": %d}, {\"parent\": %d, \"child\": %d}",
			    F_DRIVE, F_FORMAT, F_FORMAT, F_FILE);
		ri_buf_add_str(out, "]}}\r\n");
	} else if (fake_has(F_DISK)) {
		ri_buf_addf(out,
		    "{\"return\": [{\"device\": \"\", \"qdev\": \"scsi0\", \"stats\": {\"rd_operations\": %u}}]}\r\n",
		    fake.operations);
	} else {
		ri_buf_add_str(out, "{\"return\": []}\r\n");
	}
}

/* What QEMU wants to be there first, and to be gone first. */
static bool fake_needs(enum fake_thing t)
{
	return (t == F_DISK && !(fake_has(F_CONTROLLER) && fake_has(F_DRIVE))) ||
	       (t == F_CONTROLLER && !fake_has(F_IOTHREAD)) ||
	       (t == F_DRIVE && !fake_has(F_THROTTLE) && !fake.legacy);
}

static bool fake_used(enum fake_thing t)
{
	return (t == F_DRIVE && fake_has(F_DISK)) || (t == F_THROTTLE && fake_has(F_DRIVE)) ||
	       (t == F_IOTHREAD && fake_has(F_CONTROLLER));
}

static void fake_add(const char *name, struct ri_buf *out)
{
	int t = fake_find_thing(name);

	if (t < 0 || fake_has((enum fake_thing)t) || fake_needs((enum fake_thing)t)) {
		fake_error(out, "GenericError", "@ cannot be added", name);
		return;
	}
	/* The nodes below one come and go with it. */
	fake.has |= t == F_DRIVE ? 1U << F_DRIVE | 1U << F_FORMAT | 1U << F_FILE : 1U << t;
	fake_done(out);
}

static void fake_ask_guest(enum fake_thing t, struct ri_buf *out)
{
	if (fake.asked) {
		fake_error(out, "GenericError", "Device @ is already in the process of unplug",
		    fake_names[t]);
		return;
	}
	fake_done(out);
	fake.asked = true;
	fake.looks = 0;
	if (fake.manner == GUEST_UNHEARD)
		fake_go(t);
	if (fake.manner == GUEST_REFUSES)
		fake_event(out, "DEVICE_UNPLUG_GUEST_ERROR", t);
}

static void fake_remove(const char *command, const char *name, struct ri_buf *out)
{
	int found = fake_find_thing(name);
	enum fake_thing t = (enum fake_thing)found;

	if (!*name) {
		fake_error(out, "GenericError", "Parameter is missing", "");
	} else if (found < 0 || !fake_has(t)) {
		fake_error(out,
		    strcmp(command, "device_del") == 0 ? "DeviceNotFound" : "GenericError",
		    strcmp(command, "blockdev-del") == 0 ? "Failed to find node with node-name='@'"
							 : "'@' not found",
		    name);
	} else if (fake_used(t)) {
		fake_error(out, "GenericError", "'@' is in use", name);
	} else if (t == fake.about && fake.manner != GUEST_WILLING) {
		fake_ask_guest(t, out);
	} else {
		fake_go(t);
		if (t <= F_CONTROLLER)
			fake_event(out, "DEVICE_DELETED", t);
		fake_done(out);
	}
}

/* device_add and object_add: "… ,id=NAME,…"; an answer in words is a failure. */
static void fake_human(const char *line, struct ri_buf *out)
{
	const char *at = strstr(line, "id=");
	RI_FREE char *name = NULL;
	RI_BUF said = { 0 };

	if (strncmp(line, "drive_del ", 10) == 0) {
		fake_remove("drive_del", line + 10, &said);
		ri_buf_addf(out, "{\"return\": \"%s\"}\r\n",
		    strstr(said.p, "error") ? "Error: cannot delete it" : "");
		return;
	}
	while (at && at > line && at[-1] != ',')
		at = strstr(at + 1, "id=");
	name = at ? strndup(at + 3, strcspn(at + 3, ",\"")) : strdup("?");
	fake_add(name, &said);
	ri_buf_addf(out, "{\"return\": \"%s%s\"}\r\n",
	    strstr(said.p, "error") ? "Error: cannot add " : "",
	    strstr(said.p, "error")              ? name
	    : strncmp(line, "drive_add", 9) == 0 ? "OK\\r\\n"
						 : "");
}

static const char *fake_text(json_t *args, const char *key)
{
	const char *s = json_string_value(json_object_get(args, key));

	return s ? s : "";
}

static void fake_agent(const char *command, json_t *args, struct ri_buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	if (strcmp(command, "guest-sync-delimited") == 0) {
		ri_buf_addf(out, "\xff{\"return\": %lld}\n",
		    (long long)json_integer_value(json_object_get(args, "id")));
	} else if (strcmp(command, "guest-file-open") == 0) {
		ri_buf_add_str(out, "{\"return\": 1000}\n");
	} else if (strcmp(command, "guest-file-read") == 0 && fake.file) {
		ri_buf_addf(out, "{\"return\": %s}\n", fake.file);
	} else if (strcmp(command, "guest-file-read") == 0) {
		ri_buf_add_str(out, "{\"return\": {\"eof\": true, \"buf-b64\": \"");
		for (const char *c = fake.status; *c;) {
			unsigned n = 0, bits = 0;

			for (; n < 3 && *c; n++)
				bits |= (unsigned)(unsigned char)*c++ << (16 - 8 * n);
			for (unsigned i = 0; i < 4; i++)
				ri_buf_add(out, i <= n ? &digits[bits >> (18 - 6 * i) & 63] : "=",
				    1);
		}
		ri_buf_add_str(out, "\"}}\n");
	} else if (strcmp(command, "guest-get-fsinfo") == 0) {
		ri_buf_addf(out, "{\"return\": %s}\n", fake.mounts);
	} else {
		fake_done(out);
	}
}

static void fake_do(const char *command, json_t *args, struct ri_buf *out)
{
	if (strncmp(command, "guest-", 6) == 0)
		fake_agent(command, args, out);
	else if (strcmp(command, "device_del") == 0 || strcmp(command, "object-del") == 0)
		fake_remove(command, fake_text(args, "id"), out);
	else if (strcmp(command, "blockdev-del") == 0)
		fake_remove(command, fake_text(args, "node-name"), out);
	else if (strcmp(command, "object-add") == 0)
		fake_add(fake_text(args, "id"), out);
	else if (strcmp(command, "blockdev-add") == 0)
		fake_add(fake_text(args, "node-name"), out);
	else if (strcmp(command, "human-monitor-command") == 0)
		fake_human(fake_text(args, "command-line"), out);
	else if (strcmp(command, "qmp_capabilities") == 0)
		fake_done(out);
	else
		fake_query(command, fake_text(args, "path"), out);
}

/* Killed, and reaped as by init: nobody is listened to any more, and nobody but @fake.serving hears more. */
static void fake_die(void)
{
	kill(fake.pid, SIGKILL);
	waitpid(fake.pid, NULL, 0);
	shutdown(fake.monitor, SHUT_RDWR);
	shutdown(fake.agent, SHUT_RDWR);
	for (int i = 0; i < 2; i++)
		if (fake.clients[i] >= 0 && fake.clients[i] != fake.serving)
			shutdown(fake.clients[i], SHUT_RDWR);
}

static bool fake_hooked(const char *line)
{
	return fake.hook &&
	       (fake.hook_at ? strstr(line, fake.hook_at) != NULL : fake.calls == fake.hook_nth);
}

/* One command. @return whether the connection stays. */
static bool fake_command(const char *line, struct ri_buf *out)
{
	RI_JSON all = json_loads(*line == '\xff' ? line + 1 : line, 0, NULL);
	const char *command = fake_text(all, "execute");
	bool now;

	fake.calls++;
	now = fake.calls == fake.fail_at ||
	      (fake.fail_in && !*fake.failed && strstr(line, fake.fail_in));
	if (now)
		snprintf(fake.failed, sizeof fake.failed, "%.79s", line);
	fake.hangs = fake.hangs || (now && fake.how == FAKE_SILENT);
	if (fake.hangs)
		return true;
	if (now && fake.how >= FAKE_DIES) {
		if (fake.how == FAKE_DIES_AFTER)
			fake_do(command, json_object_get(all, "arguments"), out);
		fake_die();
		return false;
	}
	if (now && fake.how == FAKE_HUNG_UP)
		return false;
	if (now && fake.how == FAKE_REFUSED) {
		fake_error(out, "GenericError", "the fault", "");
		return true;
	}
	if (fake_hooked(line)) {
		fake.hook();
		fake.hook = NULL;
	}
	if (fake.late.n > 0) {
		ri_buf_add_span(out, ri_buf_span(&fake.late));
		ri_buf_free(&fake.late);
	}
	fake_do(command, json_object_get(all, "arguments"),
	    now && fake.how != FAKE_REFUSED ? &fake.late : out);
	if (!now)
		return true;
	if (fake.how == FAKE_LATE)
		return true;
	ri_buf_free(&fake.late);
	if (fake.how == FAKE_GARBAGE)
		ri_buf_add_str(out, "}{\r\n");
	return fake.how == FAKE_GARBAGE;
}

static bool fake_answer(int fd, const char *line)
{
	RI_BUF out = { 0 };
	bool stays;

	pthread_mutex_lock(&fake.mutex);
	fake.serving = fd;
	stays = fake_command(line, &out);
	pthread_mutex_unlock(&fake.mutex);
	if (out.n > 0 && send(fd, out.p, out.n, MSG_NOSIGNAL) != (ssize_t)out.n)
		stays = false;
	return stays;
}

/* One client after another, as QEMU does, until the listening socket is shut down. */
static void *fake_serve(void *arg)
{
	static const char greeting[] = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";
	const int listening = *(int *)arg;

	for (;;) {
		RI_FD int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		RI_FILE FILE *in = fd < 0 ? NULL : fdopen(dup(fd), "r");
		RI_FREE char *line = NULL;
		bool stays = true;
		size_t room = 0;

		if (!in)
			return NULL;
		pthread_mutex_lock(&fake.mutex);
		ri_buf_free(&fake.late);
		fake.clients[arg == &fake.agent] = fd;
		pthread_mutex_unlock(&fake.mutex);
		if (arg == &fake.monitor) {
			stays = send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL) > 0;
			fake_pending--;
		}
		/* Of a client that went away in the middle there is no command. */
		while (stays && getline(&line, &room, in) > 0 && strchr(line, '\n')) {
			stays = fake_answer(fd, line);
			if (!stays)
				shutdown(fd, SHUT_RDWR);
			fake_pending--;
		}
		pthread_mutex_lock(&fake.mutex);
		fake.clients[arg == &fake.agent] = -1;
		pthread_mutex_unlock(&fake.mutex);
		shutdown(fd, SHUT_RDWR);
	}
}

static int fake_listen(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", tmp_path(name));
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* "kvm", so far as its command line tells; it ends when its standard input does. */
static void fake_spawn(void)
{
	RI_BUF pidfile = { 0 };
	RI_BUF disk = { 0 };
	posix_spawn_file_actions_t fa;
	int ends[2], up[2];
	char number[16], c;

	ri_buf_addf(&pidfile, "%s/var/run/qemu-server/105.pid", tmpdir);
	ri_buf_addf(&disk,
	    "{\"driver\": \"throttle\", \"node-name\": \"drive-scsi0\", \"file\": {\"driver\": \"raw\", "
	    "\"node-name\": \"fnode\", \"file\": {\"driver\": \"file\", \"node-name\": \"enode\", "
	    "\"filename\": \"%s/dev/san/vm-105-disk-1\"}}}",
	    tmpdir);
	const char *argv[] = { "kvm", "-c", "echo; read x", "-pidfile", pidfile.p, "-object",
		"{\"id\": \"throttle-drive-scsi0\", \"qom-type\": \"throttle-group\"}", "-blockdev",
		disk.p, "-object", "iothread,id=iothread-virtioscsi0", "-device",
		"virtio-scsi-pci,id=virtioscsi0,bus=pci.3,addr=0x1,iothread=iothread-virtioscsi0",
		"-device", "scsi-hd,bus=virtioscsi0.0,drive=drive-scsi0,id=scsi0", NULL };

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[0], 0);
	posix_spawn_file_actions_adddup2(&fa, up[1], 1);
	assert_int_equal(
	    posix_spawn(&fake.pid, "/bin/sh", &fa, NULL, (char *const *)(uintptr_t)argv, environ),
	    0);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[0]);
	close(up[1]);
	assert_int_equal(read(up[0], &c, 1), 1); /* from here on /proc has its command line */
	close(up[0]);
	fake.alive = ends[1];
	snprintf(number, sizeof number, "%d\n", (int)fake.pid);
	spit(pidfile.p, ri_str(number));
}

/** What QEMU has by now. */
static inline unsigned fake_things(void)
{
	unsigned now;

	pthread_mutex_lock(&fake.mutex);
	now = fake.has;
	pthread_mutex_unlock(&fake.mutex);
	return now;
}

static void fake_reset(void)
{
	pthread_mutex_lock(&fake.mutex);
	fake.has = FAKE_ALL;
	fake.operations = 7;
	fake.status = FAKE_RAM;
	fake.file = NULL;
	fake.mounts = "[]";
	fake.legacy = false;
	fake.calls = fake.fail_at = 0;
	fake.fail_in = NULL;
	fake.hangs = fake.asked = false;
	fake.manner = GUEST_WILLING;
	fake.about = F_CONTROLLER;
	fake.failed[0] = '\0';
	fake.hook = NULL;
	fake.hook_at = NULL;
	fake.hook_nth = 0;
	ri_buf_free(&fake.late);
	pthread_mutex_unlock(&fake.mutex);
}

static int fake_set_up(void **state)
{
	if (host_set_up(state) < 0)
		return -1;
	host_put("dev/san/vm-105-disk-1", "");
	fake_reset();
	fake.clients[0] = fake.clients[1] = -1;
	fake_spawn();
	fake_running = true;
	fake.monitor = fake_listen("var/run/qemu-server/105.qmp");
	fake.agent = fake_listen("var/run/qemu-server/105.qga");
	return pthread_create(&fake.monitor_thread, NULL, fake_serve, &fake.monitor) ||
		       pthread_create(&fake.agent_thread, NULL, fake_serve, &fake.agent)
		   ? -1
		   : 0;
}

static int fake_tear_down(void **state)
{
	shutdown(fake.monitor, SHUT_RDWR);
	shutdown(fake.agent, SHUT_RDWR);
	pthread_join(fake.monitor_thread, NULL);
	pthread_join(fake.agent_thread, NULL);
	close(fake.monitor);
	close(fake.agent);
	close(fake.alive);
	waitpid(fake.pid, NULL, 0);
	fake_running = false;
	ri_buf_free(&fake.late);
	return host_tear_down(state);
}

#define QEMU_TEST(f) cmocka_unit_test_setup_teardown(f, fake_set_up, fake_tear_down)
