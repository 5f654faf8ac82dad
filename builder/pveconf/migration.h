// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What would keep a VM from being migrated live without storage.
 * Source: qemu-server QemuMigrate.pm:prepare, scan_local_volumes, target_storage_check_available, handle_replication,
 * QemuMigrate/Helpers.pm:check_local_resources, QemuServer.pm:foreach_volid, QemuConfig.pm:get_replicatable_volumes,
 * API2/Qemu.pm:migrate_vm; pve-ha-manager HA/Manager.pm:queue_resource_motion, select_service_node;
 * docs/in-a-cluster.md has a row for each.
 */
#include "pveconf/cluster.h"
#include "pveconf/storagecfg.h"
#include "pveconf/vmconf.h"

/** What its running QEMU has; all false for a VM that does not run. */
struct ri_miglive {
	bool running;
	const char *key; /* the disk that is detached or to be, "scsi0"; NULL: none is known */
	bool disk;       /* QEMU has it */
	bool controller; /* QEMU has its controller, on which nothing else hangs */
	const char *controller_id;
	char machine[64]; /* its machine type, "pc-i440fx-9.2-machine"; "": not known */
};

/** Which VM on which node is meant. */
struct ri_migvm {
	unsigned vmid;
	const char *node;
	const struct ri_vmconf *conf;
	const struct ri_storages *storages;
	struct ri_miglive live;
	const struct ri_cluster *cluster; /* NULL: nothing is known of it */
	const char *target;               /* the node that it is to go to; NULL: any */
};

struct ri_migverdict {
	struct ri_strv
	    blockers;           /* a sentence for each thing in the way, with what to do about it */
	struct ri_strv remarks; /* what is not, but has to be known */
};
void ri_migverdict_free(struct ri_migverdict *v);

/**
 * Append to @out what there is to be said. No blocker: nothing is in the way.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_migration_check(const struct ri_migvm *vm, struct ri_migverdict *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether the answer depends on live.machine. */
bool ri_migration_needs_machine(const struct ri_vmconf *c);
