// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/archive.h"
#include "loader/foreign.h"
#include "loader/forms.h"
#include "loader/mounts.h"
#include "loader/tree.h"

#include "format/loader_memory.h"

static int mount_ram(const struct ri_form_work *w, struct ri_err *e)
{
	RI_BUF options = { 0 };

	if (w->o->no_mount)
		return 0;
	ri_tmpfs_options(w->m, w->mem, w->m->loader_bytes, &options);
	if (ri_buf_check(&options, e) < 0 || ri_mount_move(w->o->root, w->o->aside, e) < 0)
		return -1;
	return ri_mount_tmpfs(w->o->root, options.p, e);
}

static int load(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e)
{
	RI_ON_EXIT(ri_unpack_free) struct ri_unpack u = { 0 };
	RI_ON_EXIT(ri_tree_close) struct ri_tree *tree = NULL;
	struct ri_progress shown = { w->cons, w->m->tar_bytes };
	int64_t begun = ri_now_ms(), unpacked;

	if (ri_unpack_begin(w->fd, w->m, ri_progress_tick(&shown), &u, e) < 0 ||
	    mount_ram(w, e) < 0 || ri_tree_open(w->o->root, &tree, e) < 0)
		return -1;
	if (ri_tree_unpack(tree, u.tar, e) < 0 || ri_tarin_finish(u.tar, e) < 0)
		return ri_ctx(e, "%s", w->m->archive);
	unpacked = ri_now_ms();
	if (ri_tree_finish(tree, e) < 0 ||
	    (w->m->foreign && ri_foreign_bootable(w->o->root, e) < 0))
		return -1;
	done->ms[RI_PHASE_UNPACK] = unpacked - begun;
	done->ms[RI_PHASE_FINISH] = ri_now_ms() - unpacked;
	done->bytes = ri_tarin_bytes(u.tar);
	done->entries = ri_tarin_entries(u.tar);
	done->loss = ri_tree_loss(tree);
	return 0;
}

static int check(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e)
{
	RI_ON_EXIT(ri_unpack_free) struct ri_unpack u = { 0 };
	struct ri_progress shown = { w->cons, w->m->tar_bytes };

	if (ri_unpack_begin(w->fd, w->m, ri_progress_tick(&shown), &u, e) < 0)
		return -1;
	if (ri_tree_discard(u.tar, e) < 0 || ri_tarin_finish(u.tar, e) < 0)
		return ri_ctx(e, "%s", w->m->archive);
	done->bytes = ri_tarin_bytes(u.tar);
	done->entries = ri_tarin_entries(u.tar);
	return 0;
}

static uint64_t memory(uint64_t limit)
{
	return ri_loader_size(limit, ri_usable_cpus()).bytes;
}

const struct ri_form ri_form_tmpfs = { "tmpfs", load, check, memory };
