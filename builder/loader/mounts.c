// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/mounts.h"
#include "base/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int ri_read_text(const char *path, struct ri_buf *out, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[4096];
	ssize_t n;

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", path);
	while ((n = read(fd, piece, sizeof piece)) != 0) {
		if (n < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "reading %s", path);
		if (n > 0)
			ri_buf_add(out, piece, (size_t)n);
	}
	return ri_buf_check(out, e);
}

/** Cut the word before the next blank off @line. */
static struct ri_span word(struct ri_span *line)
{
	struct ri_span w = { line->p, 0 };

	while (w.n < line->n && line->p[w.n] != ' ' && line->p[w.n] != '\n')
		w.n++;
	line->p += w.n;
	line->n -= w.n;
	if (line->n > 0) {
		line->p++;
		line->n--;
	}
	return w;
}

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

/** A copy with \040 and its like resolved; NULL when out of memory. */
static char *unescape(struct ri_span w)
{
	char *s = ri_span_dup(w), *to = s;

	if (!s)
		return NULL;
	for (const char *p = s; *p; to++) {
		if (p[0] == '\\' && is_octal(p + 1)) {
			*to = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
	return s;
}

int ri_mountinfo_next(struct ri_span *rest, struct ri_mount *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_mount_free) struct ri_mount m = { 0 };
	struct ri_span line, dev, point, w, fstype, source;

	if (!ri_span_line(rest, &line))
		return 0;
	word(&line); /* mount id */
	word(&line); /* parent */
	dev = word(&line);
	word(&line); /* root within the file system */
	point = word(&line);
	do
		w = word(&line);
	while (w.n > 0 && !ri_span_eq(w, ri_str("-")));
	fstype = word(&line);
	source = word(&line);
	if (w.n == 0 || fstype.n == 0 || source.n == 0 || dev.n >= sizeof m.dev)
		return ri_fail(e, RI_E_IO, 0, "mountinfo has a malformed line");
	memcpy(m.dev, dev.p, dev.n);
	m.point = unescape(point);
	m.fstype = unescape(fstype);
	m.source = unescape(source);
	if (!m.point || !m.fstype || !m.source)
		return ri_nomem(e);
	*out = m;
	m = (struct ri_mount){ 0 };
	return 1;
}

void ri_mount_free(struct ri_mount *m)
{
	free(m->point);
	free(m->fstype);
	free(m->source);
	*m = (struct ri_mount){ 0 };
}

int ri_mounted_type(struct ri_span mountinfo, const char *point, char **fstype, struct ri_err *e)
{
	RI_FREE char *found = NULL;
	struct ri_mount m;
	int rc;

	while ((rc = ri_mountinfo_next(&mountinfo, &m, e)) > 0) {
		/* Later lines cover earlier ones. */
		if (strcmp(m.point, point) == 0) {
			free(found);
			found = ri_steal(m.fstype);
		}
		ri_mount_free(&m);
	}
	if (rc < 0)
		return -1;
	*fstype = ri_steal(found);
	return 0;
}

/** The last step's error, with what is at @to as it was. */
static int not_moved(const char *from, const char *to, struct ri_err *e)
{
	ri_fail(e, RI_E_IO, errno, "moving the mount %s to %s", from, to);
	while (umount2(to, MNT_DETACH) == 0)
		;
	return -1;
}

/*
 * From below a mount that is shared, as systemd makes all of them, none may be moved (mount_namespaces(7)). So
 * what is at @from is mounted a second time, below a mount that nobody shares, and the first goes: from the
 * namespaces that services have of their own (udevd's) as well, so that none of them keeps the disk. From there
 * it can be moved back.
 */
static int move_shared(const char *from, const char *to, struct ri_err *e)
{
	if (mount("none", to, RI_MOUNT_NOTHING, MS_NOSUID | MS_NODEV, "mode=0700") < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting something at %s", to);
	if (mount(NULL, to, NULL, MS_PRIVATE, NULL) < 0 ||
	    mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount(NULL, to, NULL, MS_PRIVATE | MS_REC, NULL) < 0 || umount2(from, MNT_DETACH) < 0)
		return not_moved(from, to, e);
	return 0;
}

int ri_mount_move(const char *from, const char *to, struct ri_err *e)
{
	char parent[512];

	snprintf(parent, sizeof parent, "%s", to);
	mkdir(dirname(parent), 0755);
	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		return ri_fail(e, RI_E_IO, errno, "making %s", to);
	if (mount(from, to, NULL, MS_MOVE, NULL) == 0)
		return 0;
	if (errno == EINVAL)
		return move_shared(from, to, e);
	return ri_fail(e, RI_E_IO, errno, "moving the mount %s to %s", from, to);
}

int ri_mount_tmpfs(const char *point, const char *options, struct ri_err *e)
{
	if (mount("none", point, "tmpfs", 0, options) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting a tmpfs (%s) on %s", options, point);
	return 0;
}

int ri_mount_off(const char *point, struct ri_err *e)
{
	if (umount2(point, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "unmounting %s", point);
	return 0;
}

/** Whether @path is @dir or below it. */
static bool at_or_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/** The mounts at @point and below it, in the order of mounting. */
static int points_below(struct ri_span mountinfo, const char *point, struct ri_strv *out,
    struct ri_err *e)
{
	struct ri_mount m;
	int rc;

	while ((rc = ri_mountinfo_next(&mountinfo, &m, e)) > 0) {
		rc = at_or_below(m.point, point) ? ri_strv_add(out, m.point, e) : 0;
		ri_mount_free(&m);
		if (rc < 0)
			return -1;
	}
	return rc;
}

int ri_mount_off_all(const char *mountinfo, const char *point, struct ri_err *e)
{
	RI_STRV points = { 0 };
	RI_BUF text = { 0 };

	if (ri_read_text(mountinfo, &text, e) < 0 ||
	    points_below(ri_buf_span(&text), point, &points, e) < 0)
		return -1;
	for (size_t i = points.n; i > 0; i--)
		if (ri_mount_off(points.v[i - 1], e) < 0)
			return -1;
	return 0;
}

int ri_mount_writable(const char *point, bool *was, struct ri_err *e)
{
	struct statvfs st;

	if (statvfs(point, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "examining %s", point);
	*was = st.f_flag & ST_RDONLY;
	if (*was && mount(NULL, point, NULL, MS_REMOUNT, NULL) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting %s writable", point);
	return 0;
}

int ri_mount_readonly(const char *point, struct ri_err *e)
{
	if (mount(NULL, point, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting %s read-only", point);
	return 0;
}
