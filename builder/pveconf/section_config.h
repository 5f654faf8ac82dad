// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Proxmox VE's files of sections: storage.cfg, replication.cfg, jobs.cfg, ha/ and mapping/.
 *
 * Source: pve-common SectionConfig.pm:parse_config, parse_section_header; for headers without a type
 * pve-guest-common Mapping/PCI.pm, Mapping/USB.pm, Mapping/Dir.pm. A section ends at an empty line and nowhere
 * else; lines of blanks, and a header that follows without an empty line, are passed over with a warning.
 */
#include "base/strv.h"

/** An indented "key value". */
struct ri_section_line {
	char *key, *value; /* value "": it has none, which for a boolean means 1 */
	size_t line;       /* from 1 */
};

struct ri_section {
	char *type; /* in lower case; "" where headers have none */
	char *id;   /* as written */
	struct ri_section_line
	    *v; /* in their order; of a key that comes twice, see ri_section_get */
	size_t n;
	size_t line; /* of the header, from 1 */
};

struct ri_sections {
	struct ri_section *v; /* no id twice */
	size_t n;
	struct ri_strv
	    warnings; /* "line 7: …": what Proxmox would warn of and pass over, at most 100 */
};

/** How a section begins. */
enum ri_section_header {
	RI_SECTION_TYPE_ID, /* "vm: 105" */
	RI_SECTION_ID,      /* "gpu", all files of mapping/ */
};

/**
 * Parse such a file; hostile or damaged text gives warnings, never an error. @types: the types that are known, up
 * to a NULL; a section of another is passed over with a warning, and @types NULL takes them all. Of two sections with
 * one id, the later counts, and stands where the first stood. No more than 4096 sections, and 4096 lines of one, are
 * kept.
 * @return 0 with *@out for ri_sections_free; -1 RI_E_NOMEM.
 */
int ri_sections_parse(struct ri_span text, enum ri_section_header header, const char *const *types,
    struct ri_sections *out, struct ri_err *e) RI_MUST_CHECK;
void ri_sections_free(struct ri_sections *s);
/** Release what @s owns and make it empty. */
void ri_section_free(struct ri_section *s);
/** The section @id, or NULL. */
const struct ri_section *ri_sections_find(const struct ri_sections *s, const char *id);
/**
 * The value of @key, "" where it has none; NULL: there is no such line. Of several the first counts, as with Proxmox,
 * except for its lists (`map`), all of whose lines count.
 */
const char *ri_section_get(const struct ri_section *s, const char *key);
/**
 * Whether a boolean that is @otherwise where it is not given is set (SectionConfig.pm: check_type,
 * Storage/Plugin.pm:decode_value: nothing behind it is 1; what is neither 0 nor 1 is not taken).
 */
bool ri_section_true(const struct ri_section *s, const char *key, bool otherwise);
/**
 * Cut the next word off a list of names (pve-common ParseUtils.pm:split_list: between commas, semicolons and blanks).
 * @return false: there is none.
 */
bool ri_section_word(struct ri_span *list, struct ri_span *word);
/** Append the words of such a list to @out. @return 0; -1 RI_E_NOMEM. */
int ri_section_list(const char *value, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
