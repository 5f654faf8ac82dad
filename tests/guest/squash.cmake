# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of the compressed form, mounted by this machine's kernel.
add_executable(squash_packer squash_packer.c)
target_link_libraries(squash_packer PRIVATE ri_pack)
add_test(NAME guest/squash-mount COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/squash_mount.py)
set_tests_properties(guest/squash-mount PROPERTIES LABELS guest TIMEOUT 600
	ENVIRONMENT "SQUASH_PACKER=$<TARGET_FILE:squash_packer>")
