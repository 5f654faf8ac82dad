#pragma once
/*
 * Packing the guest's root: from the direct reader's source, or from the appliance's tar stream through
 * a pipe.
 */
#include "guest/guest.h"
#include "pack/pack.h"

/**
 * Pack the mounted guest into @fd as @o says, without reading what @excludes names.
 * @return 0; -1 as ri_pack, or the appliance's own error where that came first.
 */
int ri_appliance_source(struct ri_guest *g, const struct ri_strv *excludes,
    const struct ri_pack_opts *o, int fd, struct ri_pack_result *out,
    struct ri_err *e) RI_MUST_CHECK;
