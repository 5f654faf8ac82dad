#pragma once
/*
 * Reading back what was written: the staged guest, mounted afresh and read-only, against the plan.
 */
#include "guest/guest.h"
#include "plan/plan.h"

/** Hashes of the two big files as they were made on the host. */
struct ri_payload_sums {
	char archive[RI_SHA256_HEX + 1], initrd[RI_SHA256_HEX + 1];
};

/**
 * Unmount, mount read-only, and compare every file of @l with what it should hold.
 * @return 0; -1 RI_E_VERIFY that names the file, RI_E_IO.
 */
int ri_readback(struct ri_guest *g, const struct ri_facts *f, const struct ri_actions *l,
    const struct ri_payload_sums *sums, struct ri_err *e) RI_MUST_CHECK;
