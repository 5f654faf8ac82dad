// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What would keep a VM from being migrated live without storage.
 * Source: qemu-server QemuMigrate.pm:prepare, scan_local_volumes, QemuMigrate/Helpers.pm:
 * check_local_resources.
 */
#include "pveconf/storagecfg.h"
#include "pveconf/vmconf.h"

/** What its running QEMU has; all false for a VM that does not run. */
struct ri_miglive {
	bool running;
	const char *key; /* the disk that is detached or to be, "scsi0"; NULL: none is known */
	bool disk;       /* QEMU has it */
	bool controller; /* QEMU has its controller, on which nothing else hangs */
	const char *controller_id;
};

/**
 * Append a sentence for each thing in the way, with what to do about it; none: nothing is.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_migration_blockers(const struct ri_vmconf *c, const struct ri_storages *s,
    const struct ri_miglive *live, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
