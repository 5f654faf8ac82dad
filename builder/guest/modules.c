// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/modules.h"
#include "guest/elf_arch.h"
#include "guest/text.h"
#include "parse/module.h"

#include <elf.h>

#define DIR_BYTES 300 /* "/lib/modules/VERSION/" */

static void text_free(struct ri_text *t)
{
	free(t->path);
	ri_buf_free(&t->bytes);
}
#define TEXT RI_ON_EXIT(text_free) struct ri_text

void ri_modules_free(struct ri_modules *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].path);
		ri_buf_free(&m->v[i].bytes);
	}
	*m = (struct ri_modules){ 0 };
}

static int read_list(struct ri_guest *g, const char *version, const char *name, struct ri_text *t,
    struct ri_err *e)
{
	char path[DIR_BYTES + 32];

	snprintf(path, sizeof path, "/lib/modules/%s/%s", version, name);
	return ri_inspect_long_text(g, path, RI_MODULES_TEXT_MAX, t, e);
}

/* Debian has it in /boot, others beside the modules, or in both. */
static int read_config(struct ri_guest *g, const char *version, struct ri_text *t, struct ri_err *e)
{
	TEXT boot = { 0 };
	char path[DIR_BYTES];

	snprintf(path, sizeof path, "/boot/config-%s", version);
	if (ri_inspect_long_text(g, path, RI_MODULES_TEXT_MAX, &boot, e) < 0)
		return -1;
	if (!boot.present)
		return read_list(g, version, "config", t, e);
	*t = boot;
	boot = (struct ri_text){ 0 };
	return 0;
}

static int check_config(struct ri_guest *g, const char *version, const char *compression,
    struct ri_err *e)
{
	const char *lacks;
	TEXT config = { 0 };

	if (read_config(g, version, &config, e) < 0)
		return -1;
	lacks = ri_kernel_config_lacks(ri_buf_span(&config.bytes), compression);
	if (!lacks)
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "the kernel %s of the guest was built without %s (%s), which an image compressed by %s "
	    "needs: build %sthe tmpfs form (root.form)",
	    version, lacks, config.path, compression,
	    strstr(lacks, "XATTR") ? "" : "with another archive.compression, or ");
}

int ri_modules_find(struct ri_guest *g, const char *version, const char *compression,
    struct ri_module_files *out, struct ri_err *e)
{
	static const char *const names[] = { "loop", "squashfs", "overlay", NULL };
	TEXT dep = { 0 };
	TEXT builtin = { 0 };

	if (read_list(g, version, "modules.dep", &dep, e) < 0 ||
	    read_list(g, version, "modules.builtin", &builtin, e) < 0)
		return -1;
	const struct ri_module_lists lists = { ri_buf_span(&dep.bytes),
		ri_buf_span(&builtin.bytes) };

	if (ri_module_files_find(&lists, names, out, e) < 0)
		return ri_ctx(e, "the modules of the guest's kernel %s", version);
	if (out->lacking)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the kernel %s of the guest has no module %s, and it is not built in: build the "
		    "tmpfs form (root.form)",
		    version, out->lacking);
	return check_config(g, version, compression, e);
}

static bool is_elf(struct ri_span s)
{
	return ri_span_starts(s, ELFMAG);
}

static bool is_module(struct ri_span s)
{
	const char *arch = ri_elf_arch(s);

	return s.n >= sizeof(Elf64_Ehdr) && arch && strcmp(arch, "x86_64") == 0 &&
	       s.p[offsetof(Elf64_Ehdr, e_type)] == ET_REL;
}

static int too_many(struct ri_err *e)
{
	return ri_fail(e, RI_E_BUDGET, 0, "the modules have more than %zu bytes together",
	    RI_MODULES_BYTES_MAX);
}

/* The content of one, of which there may be @left bytes. */
static int fetch(struct ri_guest *g, struct ri_module *m, uint64_t left, struct ri_err *e)
{
	size_t max = left < RI_MODULE_BYTES_MAX ? (size_t)left : RI_MODULE_BYTES_MAX;
	TEXT file = { 0 };

	if (ri_inspect_long_text(g, m->path, RI_MODULE_BYTES_MAX, &file, e) < 0)
		return -1;
	if (!file.present)
		return ri_fail(e, RI_E_GUEST, 0, "modules.dep names it, and it is not there");
	if (is_elf(ri_buf_span(&file.bytes))) {
		m->bytes = file.bytes;
		file.bytes = (struct ri_buf){ 0 };
	} else if (ri_parse_module(ri_buf_span(&file.bytes), max, &m->bytes, e) < 0) {
		return -1;
	}
	if (m->bytes.n > left)
		return too_many(e);
	return is_module(ri_buf_span(&m->bytes))
		   ? 0
		   : ri_fail(e, RI_E_GUEST, 0, "it is not a kernel module for x86-64");
}

static int add(struct ri_guest *g, const char *version, const struct ri_module_file *f,
    struct ri_modules *to, struct ri_err *e)
{
	struct ri_module *m = &to->v[to->n];
	char path[DIR_BYTES + RI_MODULES_PATH_MAX];

	snprintf(path, sizeof path, "/lib/modules/%s/%s", version, f->path);
	snprintf(m->member, sizeof m->member, RI_MODULES_DIR "%02u-%s.ko", (unsigned)to->n % 100,
	    f->name);
	m->path = strdup(path);
	if (!m->path)
		return ri_nomem(e);
	to->n++;
	if (fetch(g, m, RI_MODULES_BYTES_MAX - to->bytes, e) < 0)
		return ri_ctx(e, "the module %s of the guest", m->path);
	to->bytes += m->bytes.n;
	return 0;
}

int ri_modules_fetch(struct ri_guest *g, const char *version, const char *compression,
    struct ri_modules *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_modules_free) struct ri_modules m = { 0 };
	struct ri_module_files files = { 0 };

	if (ri_modules_find(g, version, compression, &files, e) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (add(g, version, &files.v[i], &m, e) < 0)
			return -1;
	*out = m;
	m = (struct ri_modules){ 0 };
	return 0;
}
