# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The direct reader of ext file systems against loop mounts of the same images.
add_executable(extfs_list extfs_list.c)
target_link_libraries(extfs_list PRIVATE ri_fs)
set(extfs ${CMAKE_CURRENT_SOURCE_DIR}/extfs.py)
add_test(NAME guest/extfs COMMAND ${Python3_EXECUTABLE} ${extfs})
set_tests_properties(guest/extfs PROPERTIES LABELS guest TIMEOUT 600
	ENVIRONMENT "EXTFS_LIST=$<TARGET_FILE:extfs_list>;DEBIAN_DISK=${PROJECT_SOURCE_DIR}/tests/fixtures/debian-disk")
