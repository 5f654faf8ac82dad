// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files of this folder share. A check looks at @h and says in @r what it found; one that says nothing
 * leaves no row.
 */
#include "doctor/doctor.h"

#include <limits.h>

/** Append to what is found, which is of this health. */
#define RI_FOUND(r, how, ...) ((r)->health = (how), ri_buf_addf(&(r)->found, __VA_ARGS__))
/** Append to the remedy. */
#define RI_REMEDY(r, ...) ri_buf_addf(&(r)->remedy, __VA_ARGS__)
/** Before a command that takes root: "sudo " where we are not. */
const char *ri_sudo(const struct ri_doctor_host *h);
/** @path of the host @h. @return false if it is too long. */
bool ri_host_path(const struct ri_doctor_host *h, const char *path, char out[static PATH_MAX]);
/** Whether this process may use @path like that: R_OK, W_OK, X_OK of access(2); see errno. */
bool ri_may(const char *path, int how);
/** The program @name, or a path, as execvp(3) finds it. @return whether there is one. */
bool ri_find_program(const struct ri_doctor_host *h, const char *name, char out[static PATH_MAX]);

/** How libguestfs comes to its appliance. */
enum ri_appliance_kind {
	RI_APPLIANCE_NONE,
	RI_APPLIANCE_SUPERMIN, /* made of this host's kernel and files */
	RI_APPLIANCE_FIXED,    /* made elsewhere */
};
/** Which it finds, and in which directory (guestfs(3), "guestfs_set_path"). */
enum ri_appliance_kind ri_find_appliance(const struct ri_doctor_host *h, char dir[static PATH_MAX]);
/** Whether an appliance that was made earlier is still there. */
bool ri_has_cached_appliance(const struct ri_doctor_host *h);

typedef int ri_look_fn(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e);
ri_look_fn ri_look_host, ri_look_tool, ri_look_hypervisor, ri_look_libguestfs, ri_look_supermin,
    ri_look_kernel, ri_look_cache, ri_look_kvm, ri_look_memory, ri_look_stage, ri_look_out,
    ri_look_output, ri_look_target, ri_look_vms;
