// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/pvehost.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pveconf/cephconf.h"
#include "pvehost/pass_over_internal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* pmxcfs takes no larger file (pve-cluster memdb.h, MEMDB_MAX_FILE_SIZE). */
#define FILE_LIMIT ((size_t)1 << 20)

/* Without memory of its own: for the lack of some, no host would look like one that is not Proxmox's. */
static bool is_dir(const char *root, const char *below)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof path, "%s%s", root, below);

	return n >= 0 && (size_t)n < sizeof path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool ri_pvehost_is(const char *root)
{
	return is_dir(root, "/etc/pve/nodes");
}

/* /etc/pve/local is a link to this node's directory, made by pmxcfs. */
static int find_node(struct ri_pvehost *h, struct ri_err *e)
{
	RI_BUF link = { 0 };
	char to[PATH_MAX], name[HOST_NAME_MAX + 1] = "";
	ssize_t n;

	ri_buf_addf(&link, "%s/etc/pve/local", h->root);
	if (ri_buf_check(&link, e) < 0)
		return -1;
	n = readlink(link.p, to, sizeof to - 1);
	if (n > 0) {
		to[n] = '\0';
		h->node = strdup(ri_file_base(to));
		return h->node ? 0 : ri_nomem(e);
	}
	if (gethostname(name, sizeof name - 1) < 0)
		return ri_fail(e, RI_E_IO, errno, "asking for the host's name");
	/* PVE::INotify::nodename: without the domain. */
	h->node = strndup(name, strcspn(name, "."));
	return h->node ? 0 : ri_nomem(e);
}

int ri_pve_read(const char *path, struct ri_buf *out, struct ri_err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_CONFIG, 0, "%s is not a file", path);
	if ((unsigned long long)st.st_size > FILE_LIMIT)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "%s is larger than the 1 MiB that Proxmox VE's file system accepts", path);
	return ri_file_read(path, FILE_LIMIT, out, e);
}

/* Where a storage's cluster is described (pve-storage CephConfig.pm:ceph_connect_option). */
static int cluster_of(struct ri_pvehost *h, struct ri_storage *s, struct ri_err *e)
{
	char fsid[RI_CEPH_FSID_LEN + 1];
	struct ri_err why = { 0 };
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };

	if (s->monhost)
		ri_buf_addf(&path, "%s/etc/pve/priv/ceph/%s.conf", h->root, s->id);
	else
		ri_buf_addf(&path, "%s/etc/pve/ceph.conf", h->root);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (ri_pve_read(path.p, &text, &why) < 0)
		return ri_pass_over(&why, e);
	if (!ri_ceph_fsid(ri_buf_span(&text), fsid))
		return 0;
	s->fsid = strdup(fsid);
	return s->fsid ? 0 : ri_nomem(e);
}

static int read_storages(struct ri_pvehost *h, struct ri_err *e)
{
	RI_BUF path = { 0 };
	RI_BUF text = { 0 };

	ri_buf_addf(&path, "%s/etc/pve/storage.cfg", h->root);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (access(path.p, F_OK) == 0 && ri_pve_read(path.p, &text, e) < 0)
		return -1;
	if (ri_storages_parse(ri_buf_span(&text), &h->storages, e) < 0)
		return -1;
	for (size_t i = 0; i < h->storages.warnings.n; i++)
		ri_log(RI_LOG_DEBUG, "%s: %s", path.p, h->storages.warnings.v[i]);
	for (size_t i = 0; i < h->storages.n; i++)
		if (h->storages.v[i].type == RI_STORAGE_RBD &&
		    cluster_of(h, &h->storages.v[i], e) < 0)
			return -1;
	return 0;
}

int ri_pvehost_open(const char *root, struct ri_pvehost *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	size_t n = strlen(root);

	while (n > 0 && root[n - 1] == '/')
		n--;
	h.root = strndup(root, n);
	if (!h.root)
		return ri_nomem(e);
	if (!ri_pvehost_is(h.root))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "this is not a Proxmox VE host: there is no %s/etc/pve/nodes", h.root);
	if (find_node(&h, e) < 0 || read_storages(&h, e) < 0)
		return -1;
	*out = h;
	h = (struct ri_pvehost){ 0 };
	return 0;
}

void ri_pvehost_close(struct ri_pvehost *h)
{
	free(h->root);
	free(h->node);
	ri_storages_free(&h->storages);
	*h = (struct ri_pvehost){ 0 };
}

static int ascending(const void *a, const void *b)
{
	unsigned x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

/* "105.conf" -> 105; 0 for a file that is not a VM's ("105.conf.tmp.4711"). */
static unsigned vmid_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && digits < 10 && strcmp(name + digits, ".conf") == 0
		   ? (unsigned)strtoul(name, NULL, 10)
		   : 0;
}

static int read_vmids(DIR *d, const char *dir, unsigned **v, size_t *n, struct ri_err *e)
{
	for (;;) {
		const struct dirent *en;
		unsigned vmid, *more;

		errno = 0;
		en = readdir(d);
		if (!en)
			return errno == 0 ? 0 : ri_fail(e, RI_E_IO, errno, "reading %s", dir);
		vmid = vmid_of(en->d_name);
		if (vmid == 0)
			continue;
		more = reallocarray(*v, *n + 1, sizeof *more);
		if (!more)
			return ri_nomem(e);
		*v = more;
		more[(*n)++] = vmid;
	}
}

static int each_of(const struct ri_pvehost *h, const char *node, const char *kind, unsigned **out,
    size_t *n, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	RI_FREE unsigned *v = NULL;
	size_t count = 0;
	int rc;
	DIR *d;

	ri_buf_addf(&dir, "%s/etc/pve/nodes/%s/%s", h->root, node, kind);
	if (ri_buf_check(&dir, e) < 0)
		return -1;
	*out = NULL;
	*n = 0;
	d = opendir(dir.p);
	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return 0; /* a node without any */
	if (!d)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", dir.p);
	rc = read_vmids(d, dir.p, &v, &count, e);
	closedir(d);
	if (rc < 0)
		return -1;
	if (count > 0)
		qsort(v, count, sizeof *v, ascending);
	*out = ri_steal(v);
	*n = count;
	return 0;
}

int ri_pvehost_each(const struct ri_pvehost *h, const char *node, unsigned **out, size_t *n,
    struct ri_err *e)
{
	return each_of(h, node, "qemu-server", out, n, e);
}

int ri_pvehost_containers(const struct ri_pvehost *h, const char *node, unsigned **out, size_t *n,
    struct ri_err *e)
{
	return each_of(h, node, "lxc", out, n, e);
}

int ri_pvehost_vmids(const struct ri_pvehost *h, unsigned **out, size_t *n, struct ri_err *e)
{
	return ri_pvehost_each(h, h->node, out, n, e);
}
