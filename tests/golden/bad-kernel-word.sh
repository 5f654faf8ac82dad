# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
: > vm.raw
ramimg build --kernel 'x;reboot' vm.raw
