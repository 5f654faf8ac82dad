// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/chain.h"
#include "host/hostfile.h"
#include "volume/device_id.h"
#include "volume/exclusive.h"
#include "volume/near.h"
#include "volume/qcow2.h"
#include "volume/vmdk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define HEAD_BYTES 65536

/* What an image says of the file below it; empty: there is none. */
struct link {
	struct ri_buf name, format;
};

static void link_free(struct link *l)
{
	ri_buf_free(&l->name);
	ri_buf_free(&l->format);
}

int ri_chain_head(int fd, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *head = malloc(HEAD_BYTES);
	size_t n = 0;
	ssize_t got = 1;

	if (!head)
		return ri_nomem(e);
	while (got > 0 && n < HEAD_BYTES) {
		got = pread(fd, head + n, HEAD_BYTES - n, (off_t)n);
		if (got < 0)
			return ri_fail(e, RI_E_IO, errno, "reading its beginning");
		n += (size_t)got;
	}
	ri_buf_add(out, head, n);
	return ri_buf_check(out, e);
}

static int look_at_qcow2(struct ri_span head, const struct ri_volume *v, bool write, struct link *l,
    struct ri_err *e)
{
	struct ri_qcow2 q;

	if (ri_qcow2_parse(head, &q, e) < 0)
		return -1;
	if (q.encrypted)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is an encrypted qcow2, which cannot be read here; make one of it that is not, with "
		    "qemu-img convert and its --object secret,...");
	if (q.data_file)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a qcow2 that keeps its data in another file; if you trust it, make one file of it: "
		    "qemu-img convert -f qcow2 -O qcow2 %s %s.new",
		    v->target, v->target);
	if (write && q.corrupt)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is marked as corrupt, and QEMU writes to it only once it is repaired: "
		    "qemu-img check -r all %s",
		    v->target);
	ri_buf_add_span(&l->name, q.backing);
	ri_buf_add_span(&l->format, q.backing_format);
	return 0;
}

static int look_at_vmdk(struct ri_span head, const struct ri_volume *v, bool write,
    struct ri_err *e)
{
	struct ri_vmdk k;
	struct ri_span kind;

	if (ri_vmdk_parse(head, &k, e) < 0)
		return -1;
	kind = ri_span(k.kind.p, k.kind.n > 40 ? 40 : k.kind.n);
	if (!k.one_file)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a vmdk (%.*s) that keeps its data in other files%s%.*s; if you trust it, make one "
		    "file of it: qemu-img convert -f vmdk -O qcow2 %s %s.qcow2",
		    (int)kind.n, kind.p, k.other.n ? ", as " : "",
		    (int)(k.other.n > 200 ? 200 : k.other.n), k.other.p, v->target, v->target);
	if (kind.n == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a vmdk that does not say its kind, as a piece of a disk in several files; name the "
		    "small file that lists the pieces");
	if (k.parent)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a vmdk that builds on another file; if you trust it, make one file of it: "
		    "qemu-img convert -f vmdk -O qcow2 %s %s.qcow2",
		    v->target, v->target);
	if (write && (!k.in_place || !ri_span_eq(kind, ri_str("monolithicSparse"))))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a vmdk of a kind (%.*s) that cannot be overwritten; make a disk of it that can: "
		    "qemu-img convert -f vmdk -O qcow2 %s %s.qcow2, or write a new image with --output",
		    (int)kind.n, kind.p, v->target, v->target);
	return 0;
}

static int look_at(const struct ri_volume *v, bool write, struct link *l, struct ri_err *e)
{
	RI_BUF head = { 0 };

	if (strcmp(v->format, "raw") == 0)
		return 0;
	if (ri_chain_head(v->fd, &head, e) < 0)
		return -1;
	if (strcmp(v->format, "vmdk") == 0)
		return look_at_vmdk(ri_buf_span(&head), v, write, e);
	if (look_at_qcow2(ri_buf_span(&head), v, write, l, e) < 0)
		return -1;
	return ri_buf_check(&l->name, e) < 0 ? -1 : ri_buf_check(&l->format, e);
}

/* Of the node @v, whose path as QEMU has it is @image. */
static int check_link(const char *image, const struct link *l, struct ri_buf *path,
    struct ri_err *e)
{
	struct ri_span name = ri_buf_span(&l->name);

	if (ri_qcow2_has_protocol(name) || !ri_qcow2_backing_path(image, name, path))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s builds on %.*s, which is not the path of a file; if you trust it, make one file of "
		    "it with qemu-img convert, or name the file by its path: qemu-img rebase -u",
		    image, (int)name.n, name.p);
	if (l->format.n == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s does not record the format of its backing file %.*s, so it would have to be "
		    "guessed; record it: qemu-img rebase -u -b BACKING -F FORMAT",
		    image, (int)name.n, name.p);
	return ri_buf_check(path, e);
}

static int set_format(struct ri_volume *node, struct ri_span format, struct ri_err *e)
{
	for (size_t i = 0; ri_volume_formats[i]; i++) {
		if (!ri_span_eq(format, ri_str(ri_volume_formats[i])))
			continue;
		node->format = strdup(ri_volume_formats[i]);
		return node->format ? 0 : ri_nomem(e);
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "its format is said to be '%.*s', which is not one of raw, qcow2, vmdk", (int)format.n,
	    format.p);
}

static int check_place(const struct ri_volume *top, const struct ri_volume *node, struct ri_err *e)
{
	if (node->block ? top->block && ri_near_device(top->id, node->id)
			: !top->block && ri_near_file(top->path, node->path))
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "is %s, which lies neither in the image's directory nor below it, and is no template's base "
	    "volume or volume of its group; an image must not name any file of the host. If you trust it, "
	    "move the file there, or make one file of the image with qemu-img convert",
	    node->path);
}

static int device_id(const struct stat *st, struct ri_volume *node, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_device_id("", st->st_rdev, &text, e) < 0)
		return -1;
	node->id = ri_buf_steal(&text);
	return node->id ? 0 : ri_nomem(e);
}

static int open_node(const struct ri_volume *top, struct ri_volume *node, struct ri_err *e)
{
	struct stat st, opened;

	node->path = realpath(node->target, NULL);
	/* Looked at before it is opened: opening some devices does something. */
	if (!node->path || stat(node->path, &st) < 0)
		return ri_fail(e, RI_E_UNSUPPORTED, errno, "cannot open it");
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "is neither a file nor a block device");
	node->block = S_ISBLK(st.st_mode);
	if (node->block && device_id(&st, node, e) < 0)
		return -1;
	if (check_place(top, node, e) < 0)
		return -1;
	node->fd = open(node->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (node->fd < 0 || fstat(node->fd, &opened) < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open it");
	return ri_stat_same(&st, &opened)
		   ? 0
		   : ri_fail(e, RI_E_BUSY, 0, "it was replaced just now; try again");
}

static int check_circle(const struct ri_volume *top, const struct ri_volume *node, struct ri_err *e)
{
	struct stat it, other;
	bool same;

	if (fstat(node->fd, &it) < 0 || fstat(top->fd, &other) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	same = ri_stat_same(&it, &other);
	for (size_t i = 0; i < top->below_n && !same; i++)
		same = fstat(top->below[i].fd, &other) == 0 && ri_stat_same(&it, &other);
	return same ? ri_fail(e, RI_E_UNSUPPORTED, 0, "builds on itself") : 0;
}

static int fill_node(const struct ri_volume *top, struct ri_volume *node, const struct link *l,
    enum ri_volume_use use, struct ri_err *e)
{
	if (set_format(node, ri_buf_span(&l->format), e) < 0 || open_node(top, node, e) < 0 ||
	    check_circle(top, node, e) < 0)
		return -1;
	return use == RI_VOLUME_LOOK ? 0 : ri_volume_claim_below(node, e);
}

static void node_close(struct ri_volume *node)
{
	ri_cleanup_fd(&node->fd);
	free(node->path);
	free(node->target);
	free(node->id);
	free(node->format);
}

void ri_chain_close(struct ri_volume *v)
{
	for (size_t i = 0; i < v->below_n; i++)
		node_close(&v->below[i]);
	free(v->below);
	v->below = NULL;
	v->below_n = 0;
}

static int add_node(struct ri_volume *top, struct ri_buf *path, const struct link *l,
    enum ri_volume_use use, struct ri_err *e)
{
	RI_ON_EXIT(node_close) struct ri_volume node = RI_VOLUME_INIT;
	struct ri_volume *grown;

	if (top->below_n == RI_CHAIN_MAX)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it builds on more than %d files, one on the other; make fewer of them: qemu-img "
		    "commit, or qemu-img convert",
		    RI_CHAIN_MAX);
	node.target = ri_buf_steal(path);
	grown = reallocarray(top->below, top->below_n + 1, sizeof *grown);
	if (grown)
		top->below = grown;
	if (!grown || !node.target)
		return ri_nomem(e);
	if (fill_node(top, &node, l, use, e) < 0)
		return ri_ctx(e, "its backing file %s", node.target);
	top->below[top->below_n++] = node;
	node = (struct ri_volume)RI_VOLUME_INIT;
	return 0;
}

int ri_chain_open(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	for (size_t i = 0; i <= v->below_n; i++) {
		const struct ri_volume *node = i == 0 ? v : &v->below[i - 1];
		RI_ON_EXIT(link_free) struct link l = { 0 };
		RI_BUF path = { 0 };

		if (look_at(node, i == 0 && use == RI_VOLUME_WRITE, &l, e) < 0)
			return i == 0 ? -1 : ri_ctx(e, "its backing file %s", node->target);
		if (l.name.n == 0)
			return 0;
		if (check_link(i == 0 ? v->path : node->target, &l, &path, e) < 0 ||
		    add_node(v, &path, &l, use, e) < 0)
			return -1;
	}
	return 0;
}
