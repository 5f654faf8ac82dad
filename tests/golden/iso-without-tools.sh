# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an ISO takes is looked for before anything is done; the packages are named.
program=$(command -v ramimg)
truncate -s 1M disk.raw
PATH=/nowhere "$program" build --iso twin.iso disk.raw
