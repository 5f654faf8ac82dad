// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Menu entries that are files of their own, /boot/loader/entries/ *.conf, which GRUB's command blscfg reads
 * (https://uapi-group.org/specifications/specs/boot_loader_specification/, "Type #1"; in Fedora's GRUB
 * grub-core/commands/blscfg.c, since GRUB 2.14 grub-core/commands/blsuki.c). A line is a key, blanks and a value; an
 * entry's id is its file's name without ".conf".
 */
#include "base/buf.h"

/**
 * What the id of ramimg's own entry begins with; the root's UUID follows. The tilde sorts before everything in
 * both of GRUB's orders, of which the highest comes first: the entry stands behind the guest's own, the first of which
 * GRUB boots where its default names nothing. And it is no digit: GRUB without Fedora's patches takes a
 * default that begins with one for the number of an entry (grub-core/normal/menu.c, get_entry_number).
 */
#define RI_BLS_OURS "~ramimg-"

/** Whether grub.cfg has the command that reads entry files, outside of any block. */
bool ri_bls_in_menu(struct ri_span cfg);
/** Whether its default is what the environment block's saved_entry says. */
bool ri_bls_default_is_saved(struct ri_span cfg);

/**
 * The value number @nth, from 0, of @key, as GRUB reads the file: up to the first line that has a key and no
 * value, an empty one among them. @return false: there are not as many.
 */
bool ri_bls_value(struct ri_span text, const char *key, size_t nth, struct ri_span *value);
/** The version of the kernel that the entry boots ("vmlinuz-6.8"), wherever it looks for it. @return false: none. */
bool ri_bls_version(struct ri_span text, struct ri_span *version);
/** Whether the entry boots the kernel of that version. */
bool ri_bls_boots(struct ri_span text, const char *version);

/** The id of the entry file at @path: its name without ".conf", or nothing if it ends otherwise. */
struct ri_span ri_bls_id(const char *path);
/** Whether it is ramimg's own. */
bool ri_bls_is_ours(struct ri_span id);
/**
 * Append the entry's options, which are words of GRUB's script, with $kernelopts replaced by @kernelopts, that
 * variable of the environment block; without a p it stays.
 * @return 0; -1 RI_E_GUEST as ri_grub_word; RI_E_NOMEM.
 */
int ri_bls_options(struct ri_span text, struct ri_span kernelopts, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

struct ri_bls_spec {
	struct ri_span stock;   /* the guest's own entry for the same kernel */
	const char *os_name;    /* "Fedora Linux" */
	const char *initrd;     /* file name of the kernel's own initrd, which @stock loads */
	const char *our_initrd; /* and of the one that stands in its place */
	const char *cmdline;    /* all of the kernel's arguments, words of GRUB's script */
};

/**
 * Append ramimg's entry file: kernel, further initrds, classes and who may boot it are @s->stock's.
 * @return 0; -1 RI_E_GUEST: a value that cannot be written safely, or @s->stock loads another initrd;
 *         RI_E_NOMEM.
 */
int ri_bls_entry(const struct ri_bls_spec *s, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/** Whether both entries may be booted by the same users. */
bool ri_bls_same_access(struct ri_span a, struct ri_span b);
