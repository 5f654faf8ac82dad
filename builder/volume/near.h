// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where a file that an image names may lie: an image from a stranger must not make root open any
 * other. Names only; nothing is opened.
 */
#include "base/buf.h"

/**
 * Whether the file @file may be part of the image file @image, both absolute and without symlinks:
 * it is in the image's directory or below it, or @image is in a VM's directory (".../images/105/")
 * and @file is a template's base in another one's (".../images/100/base-100-disk-0.qcow2"), as of
 * Proxmox VE's linked clones (pve-storage Storage/Plugin.pm:clone_image).
 */
bool ri_near_file(const char *image, const char *file);

/**
 * Whether the block device @device may be part of the image on the device @image, both by their
 * lasting names (volume/device_id.h): they are logical volumes of one group.
 */
bool ri_near_device(const char *image, const char *device);

/** Whether the directory's name is a VM's: a number. */
bool ri_near_is_vmid(struct ri_span name);
