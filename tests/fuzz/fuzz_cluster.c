// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Parts between lines "--": the node that a VM is to go to (empty: any), its configuration, storage.cfg, and the
 * cluster's files in the order of enum ri_cluster_file: what of them keeps it from moving.
 */
#include "fuzz.h"
#include "pveconf/migration.h"

static void check_sections(const struct ri_sections *s)
{
	FUZZ_CHECK(s->warnings.n <= 100);
	for (size_t i = 0; i < s->n; i++) {
		FUZZ_CHECK(*s->v[i].id && ri_sections_find(s, s->v[i].id) == &s->v[i]);
		for (size_t k = 0; k < s->v[i].n; k++) {
			const struct ri_section_line *l = &s->v[i].v[k];

			FUZZ_CHECK(*l->key && !strpbrk(l->key, " \t\r\n\f\v"));
			FUZZ_CHECK(!strchr(l->value, '\n'));
			FUZZ_CHECK(l->line > s->v[i].line);
			FUZZ_CHECK(ri_section_get(&s->v[i], l->key));
		}
	}
}

static void check_said(const struct ri_strv *l)
{
	for (size_t i = 0; i < l->n; i++) {
		FUZZ_CHECK(*l->v[i]);
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(l->v[i], l->v[k]) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages storages = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf conf = { 0 };
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster cluster = { 0 };
	RI_ON_EXIT(ri_migverdict_free) struct ri_migverdict v = { 0 };
	struct ri_span rest = fuzz_input(data, size);
	RI_FREE char *target = ri_span_dup(ri_span_trim(fuzz_part(&rest)));
	struct ri_migvm vm = { 105, "me", &conf, &storages, { .running = size % 2 == 1 }, &cluster,
		NULL };
	struct ri_err e = { 0 };

	FUZZ_CHECK(target);
	vm.target = *target ? target : NULL;
	FUZZ_CHECK(fuzz_ok(ri_vmconf_parse(fuzz_part(&rest), &conf, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_storages_parse(fuzz_part(&rest), &storages, &e), &e));
	for (int i = 0; i < RI_CLUSTER_FILES; i++) {
		FUZZ_CHECK(fuzz_ok(
		    ri_cluster_parse(&cluster, (enum ri_cluster_file)i, fuzz_part(&rest), &e), &e));
		check_sections(&cluster.file[i]);
	}
	FUZZ_CHECK(fuzz_ok(ri_cluster_guest(&cluster, false, 106, "two", &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_cluster_guest(&cluster, true, 200, "three", &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_strv_add(&cluster.nodes, "two", &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_migration_check(&vm, &v, &e), &e));
	check_said(&v.blockers);
	check_said(&v.remarks);
	FUZZ_CHECK(!vm.target || v.remarks.n > 0);
	return 0;
}
