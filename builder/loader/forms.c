// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/forms.h"

const struct ri_form *ri_load_form(const struct ri_manifest *m)
{
	return m->form ? &ri_form_compressed : &ri_form_tmpfs;
}
