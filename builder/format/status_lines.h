// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How the loader's status goes over a serial port to `ramimg test` (docs/loader.md, "The status port"): between these two
 * lines, the last one that is whole counts. Whoever else writes to the port may write before and behind.
 */

/* The OEM string of the SMBIOS that says which port, with its name behind it: "ramimg.status=ttyS1". */
#define RI_STATUS_OEM "ramimg.status="
#define RI_STATUS_PORT_NAME 8 /* bytes, with the NUL */

#define RI_STATUS_BEGIN "ramimg-status-begin"
#define RI_STATUS_END "ramimg-status-end"
