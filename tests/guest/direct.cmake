# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The direct reader against loop mounts of the same disks, and on made-up guests.
add_executable(direct_tool direct_tool.c)
target_link_libraries(direct_tool PRIVATE ri_reader)
foreach(part tree os)
	add_test(NAME guest/direct-${part}
		COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/direct_${part}.py)
	set_tests_properties(guest/direct-${part} PROPERTIES LABELS guest TIMEOUT 600
		ENVIRONMENT "DIRECT_TOOL=$<TARGET_FILE:direct_tool>;DEBIAN_DISK=${PROJECT_SOURCE_DIR}/tests/fixtures/debian-disk")
endforeach()
