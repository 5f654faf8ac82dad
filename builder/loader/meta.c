// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/meta.h"
#include "format/posixacl.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>

/* In front of each attribute in struct ri_meta.xattrs. */
struct xattr_head {
	uint32_t name_n; /* with the NUL */
	uint32_t value_n;
};

static void add_xattr(struct ri_buf *b, const char *name, struct ri_span value)
{
	struct xattr_head head = { (uint32_t)strlen(name) + 1, (uint32_t)value.n };

	ri_buf_add(b, &head, sizeof head);
	ri_buf_add(b, name, head.name_n);
	ri_buf_add_span(b, value);
}

/** Cut the next attribute off @rest; *@name ends in a NUL. */
static bool take_xattr(struct ri_span *rest, const char **name, struct ri_span *value)
{
	struct xattr_head head;

	if (rest->n < sizeof head)
		return false;
	memcpy(&head, rest->p, sizeof head);
	*name = rest->p + sizeof head;
	*value = ri_span(*name + head.name_n, head.value_n);
	rest->p += sizeof head + head.name_n + head.value_n;
	rest->n -= sizeof head + head.name_n + head.value_n;
	return true;
}

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/*
 * A pax record ends its name at the first '=', so tars write that byte, '%' itself and (ramimg's,
 * docs/format.md) what is not printable as %XX; libarchive hands it on as it stands.
 */
static char *decode_name(const char *name)
{
	char *out = malloc(strlen(name) + 1), *to = out;

	if (!out)
		return NULL;
	while (*name) {
		int high = name[0] == '%' ? hex(name[1]) : -1;
		int low = high >= 0 ? hex(name[2]) : -1;

		/* %00 would end the name early: nobody writes that escape. */
		if (low >= 0 && high + low > 0) {
			*to++ = (char)(high * 16 + low);
			name += 3;
		} else {
			*to++ = *name++;
		}
	}
	*to = '\0';
	return out;
}

static int read_xattr(struct ri_meta *m, const char *raw, struct ri_span value, struct ri_err *e)
{
	RI_FREE char *name = decode_name(raw);

	if (!name)
		return ri_nomem(e);
	if (value.n > XATTR_SIZE_MAX || strlen(name) > XATTR_NAME_MAX)
		return ri_fail(e, RI_E_VERIFY, 0, "the attribute \"%.60s\" is too large", name);
	add_xattr(&m->xattrs, name, value);
	return 0;
}

static int read_acl(struct ri_meta *m, struct archive_entry *entry, int type, const char *name,
    struct ri_err *e)
{
	RI_BUF value = { 0 };

	if (!(archive_entry_acl_types(entry) & type))
		return 0;
	if (ri_posixacl_from_entry(entry, type, &value, e) < 0)
		return -1;
	if (value.n > 0)
		add_xattr(&m->xattrs, name, ri_buf_span(&value));
	return 0;
}

/** libarchive gives -1.5 s as -1 s and 500,000,000 ns; the kernel wants -2 s and as many. */
static struct timespec kernel_time(time_t sec, long nsec)
{
	if (sec < 0 && nsec > 0)
		return (struct timespec){ sec - 1, 1000000000 - nsec };
	return (struct timespec){ sec, nsec };
}

int ri_meta_read(struct ri_meta *m, struct archive_entry *entry, struct ri_err *e)
{
	const char *name;
	const void *value;
	size_t n;

	m->mode = archive_entry_perm(entry);
	m->uid = (uid_t)archive_entry_uid(entry);
	m->gid = (gid_t)archive_entry_gid(entry);
	m->times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	if (archive_entry_atime_is_set(entry))
		m->times[0] =
		    kernel_time(archive_entry_atime(entry), archive_entry_atime_nsec(entry));
	m->times[1] = kernel_time(archive_entry_mtime(entry), archive_entry_mtime_nsec(entry));
	m->xattrs.n = 0;
	if (read_acl(m, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, RI_ACL_ACCESS, e) < 0 ||
	    read_acl(m, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, RI_ACL_DEFAULT, e) < 0)
		return -1;
	if (archive_entry_xattr_reset(entry) == 0)
		return ri_buf_check(&m->xattrs, e);
	while (archive_entry_xattr_next(entry, &name, &value, &n) == ARCHIVE_OK)
		if (read_xattr(m, name, ri_span(value, n), e) < 0)
			return -1;
	return ri_buf_check(&m->xattrs, e);
}

static int failed(struct ri_err *e, const char *what)
{
	int sys = errno;

	return ri_fail(e, sys == ENOSPC ? RI_E_BUDGET : RI_E_IO, sys, "%s", what);
}

/** @return whether the attribute may be lost, which is counted. */
static bool may_lose(const char *name, struct ri_loss *loss)
{
	if (errno != EOPNOTSUPP)
		return false;
	if (strncmp(name, "system.posix_acl_", 17) == 0)
		loss->acls++;
	else if (strncmp(name, "user.", 5) == 0)
		loss->user_xattrs++;
	else
		loss->other_xattrs++;
	return true;
}

static int set_xattrs(const struct ri_meta *m, int fd, const char *path, struct ri_loss *loss,
    struct ri_err *e)
{
	struct ri_span rest = ri_buf_span(&m->xattrs), value;
	const char *name;
	int rc;

	while (take_xattr(&rest, &name, &value)) {
		rc = path ? lsetxattr(path, name, value.p, value.n, 0)
			  : fsetxattr(fd, name, value.p, value.n, 0);
		if (rc == 0 || may_lose(name, loss))
			continue;
		failed(e, "setting the attribute");
		return ri_ctx(e, "%s", name);
	}
	return 0;
}

/*
 * The order: changing the owner takes setuid, setgid and capabilities away, so it comes first; an
 * ACL decides the mode in the end.
 */
int ri_meta_apply_fd(const struct ri_meta *m, int fd, mode_t made, struct ri_loss *loss,
    struct ri_err *e)
{
	if ((m->uid != 0 || m->gid != 0) && fchown(fd, m->uid, m->gid) < 0)
		return failed(e, "setting the owner");
	if (m->mode != made && fchmod(fd, m->mode) < 0)
		return failed(e, "setting the mode");
	if (m->xattrs.n > 0 && set_xattrs(m, fd, NULL, loss, e) < 0)
		return -1;
	return futimens(fd, m->times) == 0 ? 0 : failed(e, "setting the times");
}

int ri_meta_apply_at(const struct ri_meta *m, int dir, const char *name, bool symlink,
    struct ri_loss *loss, struct ri_err *e)
{
	char path[NAME_MAX + 40];

	if ((m->uid != 0 || m->gid != 0) &&
	    fchownat(dir, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(e, "setting the owner");
	if (!symlink && fchmodat(dir, name, m->mode, 0) < 0)
		return failed(e, "setting the mode");
	if (m->xattrs.n > 0) {
		/* There is no lsetxattrat before Linux 6.13. */
		snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir, name);
		if (set_xattrs(m, -1, path, loss, e) < 0)
			return -1;
	}
	return utimensat(dir, name, m->times, AT_SYMLINK_NOFOLLOW) == 0
		   ? 0
		   : failed(e, "setting the times");
}

void ri_meta_free(struct ri_meta *m)
{
	ri_buf_free(&m->xattrs);
}
