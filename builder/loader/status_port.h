// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The status once more, for a QEMU that `ramimg test` has started: over a second serial port, so that nobody in the guest
 * has to be asked, and no driver is needed that an initrd may lack. A port of any other machine is never touched: this
 * one says which it is by an OEM string of its SMBIOS, "ramimg.status=ttyS1", and RI_STATUS_BEGIN and RI_STATUS_END stand
 * around what is sent (format/status_lines.h).
 * Source: DMTF DSP0134 (SMBIOS), "Structure standards", "OEM Strings (Type 11)"; the kernel's
 * Documentation/ABI/testing/sysfs-firmware-dmi-tables; qemu(1), -smbios type=11.
 */
#include "format/status_lines.h"
#include "loader/load.h"

/**
 * Find which port the SMBIOS structures @table, as in sys/firmware/dmi/tables/DMI, name. Only "ttyS" and a number of one
 * digit is a port.
 * @return whether there is one, in @name.
 */
bool ri_status_port_named(struct ri_span table, char name[RI_STATUS_PORT_NAME]);
/**
 * Send the text @status where this machine wants it. Nothing is an error, and none of it waits for long: a boot does not
 * fail for want of it.
 */
void ri_status_port_send(const struct ri_load_opts *o, struct ri_span status);
