// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The parts of the check (pveconf/migration.h). Each appends what it has to say; they return 0, or -1 with RI_E_NOMEM.
 */
#include "pveconf/migration.h"

struct ri_migcheck {
	const struct ri_migvm *vm;
	const struct ri_cluster *cluster; /* never NULL */
	struct ri_migverdict *out;
	struct ri_err *e;
	bool oom;              /* what was told of a volume is not known to be so */
	bool restricted;       /* without a target: not every node will do */
	struct ri_strv nodes;  /* those that will */
	struct ri_buf because; /* "pve1, pve2 have san; …" */
	struct ri_strv volids; /* local volumes that are copied, ... */
	struct ri_strv paths;  /* … and where each is */
};

/** Say that something is in the way; once, however many sections name the same. */
int ri_mig_say(struct ri_migcheck *k, const char *fmt, ...) RI_PRINTF(2, 3) RI_MUST_CHECK;
/** Say what is not in the way and has to be known. */
int ri_mig_remark(struct ri_migcheck *k, const char *fmt, ...) RI_PRINTF(2, 3) RI_MUST_CHECK;
/** Append the names in @nodes to @out, "a, b". */
void ri_mig_list(const struct ri_strv *nodes, struct ri_buf *out);
/** Without a target: of the nodes that would do so far, only those in @nodes do; @why is said of them, "have san". */
int ri_mig_only(struct ri_migcheck *k, const struct ri_strv *nodes, const char *why) RI_MUST_CHECK;
/** Whether @rc says that it worked; what failed for want of memory is remembered. */
bool ri_mig_worked(struct ri_migcheck *k, int rc, const struct ri_err *why);
/** Whether a list between commas has @part, whatever the case of its letters. */
bool ri_mig_has_part(const char *list, const char *part);
/** The value of "@key=" in a list between commas; of no length where it is not there. */
struct ri_span ri_mig_part(const char *list, const char *key);
/** Whether @key is @name and a number. */
bool ri_mig_numbered(const char *key, const char *name);

/** Devices of the node, those that are mapped, directories, memory that cannot move, the clipboard. */
int ri_mig_devices(struct ri_migcheck *k) RI_MUST_CHECK;
/** Whether it has VNC's clipboard. */
bool ri_mig_has_clipboard(const struct ri_vmconf *c);
/** With a target: what is not known of it. */
int ri_mig_unknown(struct ri_migcheck *k) RI_MUST_CHECK;
/** HA's rules. */
int ri_mig_ha(struct ri_migcheck *k) RI_MUST_CHECK;
/** Whether HA moves the VM, and not `qm migrate` (HA/Config.pm:vm_is_ha_managed). */
bool ri_mig_ha_managed(const struct ri_migcheck *k, const char *sid);
/** Replication jobs. */
int ri_mig_replication(struct ri_migcheck *k) RI_MUST_CHECK;
/** Whether a job sends the VM's volumes to the target, or to any node that could be one. */
bool ri_mig_replicated(const struct ri_migcheck *k);
