// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The files of templates/, built into the program (cmake/Embed.cmake).
 */
#include "base/buf.h"

extern const char ri_asset_grub_entry[], ri_asset_grub_entry_end[];
extern const char ri_asset_grub_before[], ri_asset_grub_before_end[];
extern const char ri_asset_grub_count[], ri_asset_grub_count_end[];
extern const char ri_asset_grub_failed[], ri_asset_grub_failed_end[];
extern const char ri_asset_initramfs_script[], ri_asset_initramfs_script_end[];
extern const char ri_asset_dracut_hook[], ri_asset_dracut_hook_end[];
extern const char ri_asset_dracut_diskless[], ri_asset_dracut_diskless_end[];
extern const char ri_asset_cloud_init[], ri_asset_cloud_init_end[];
extern const char ri_asset_dracut_shutdown[], ri_asset_dracut_shutdown_end[];

/** templates/grub-entry */
static inline struct ri_span ri_asset_grub_entry_span(void)
{
	return ri_span(ri_asset_grub_entry,
	    (size_t)(ri_asset_grub_entry_end - ri_asset_grub_entry));
}

/** templates/grub-before */
static inline struct ri_span ri_asset_grub_before_span(void)
{
	return ri_span(ri_asset_grub_before,
	    (size_t)(ri_asset_grub_before_end - ri_asset_grub_before));
}

/** templates/grub-count */
static inline struct ri_span ri_asset_grub_count_span(void)
{
	return ri_span(ri_asset_grub_count,
	    (size_t)(ri_asset_grub_count_end - ri_asset_grub_count));
}

/** templates/grub-failed */
static inline struct ri_span ri_asset_grub_failed_span(void)
{
	return ri_span(ri_asset_grub_failed,
	    (size_t)(ri_asset_grub_failed_end - ri_asset_grub_failed));
}

/** templates/initramfs-script */
static inline struct ri_span ri_asset_initramfs_script_span(void)
{
	return ri_span(ri_asset_initramfs_script,
	    (size_t)(ri_asset_initramfs_script_end - ri_asset_initramfs_script));
}

/** templates/dracut-hook */
static inline struct ri_span ri_asset_dracut_hook_span(void)
{
	return ri_span(ri_asset_dracut_hook,
	    (size_t)(ri_asset_dracut_hook_end - ri_asset_dracut_hook));
}

/** templates/dracut-diskless */
static inline struct ri_span ri_asset_dracut_diskless_span(void)
{
	return ri_span(ri_asset_dracut_diskless,
	    (size_t)(ri_asset_dracut_diskless_end - ri_asset_dracut_diskless));
}

/** templates/cloud-init.cfg */
static inline struct ri_span ri_asset_cloud_init_span(void)
{
	return ri_span(ri_asset_cloud_init,
	    (size_t)(ri_asset_cloud_init_end - ri_asset_cloud_init));
}

/** templates/dracut-shutdown.service */
static inline struct ri_span ri_asset_dracut_shutdown_span(void)
{
	return ri_span(ri_asset_dracut_shutdown,
	    (size_t)(ri_asset_dracut_shutdown_end - ri_asset_dracut_shutdown));
}
