# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The direct reader against loop mounts of the same disks, on made-up guests, and what confines it.
add_executable(direct_tool direct_tool.c)
target_link_libraries(direct_tool PRIVATE ri_reader)
target_include_directories(direct_tool PRIVATE ${PROJECT_SOURCE_DIR}/tests)
string(REGEX MATCH address sanitized "${RAMIMG_SANITIZE}")
foreach(part tree os confined million)
	add_test(NAME guest/direct-${part}
		COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/direct_${part}.py)
	set_tests_properties(guest/direct-${part} PROPERTIES LABELS guest TIMEOUT 600
		ENVIRONMENT "RAMIMG=$<TARGET_FILE:ramimg>;SANITIZED=${sanitized};DIRECT_TOOL=$<TARGET_FILE:direct_tool>;DEBIAN_DISK=${PROJECT_SOURCE_DIR}/tests/fixtures/debian-disk")
endforeach()

# What containers leave in a root goes into RAM and works there; and much of it. By the loader of loader.cmake.
foreach(part layers layers_many)
	string(REPLACE "_" "-" name ${part})
	add_test(NAME guest/${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${part}.py)
	set_tests_properties(guest/${name} PROPERTIES LABELS guest TIMEOUT 900
		ENVIRONMENT "DIRECT_TOOL=$<TARGET_FILE:direct_tool>;LOADER_PACKER=$<TARGET_FILE:loader_packer>;RAMLOAD=$<TARGET_FILE:${loader}>")
endforeach()

# The same of QEMU's programs.
add_test(NAME guest/tools-confined
	COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/tools_confined.py)
set_tests_properties(guest/tools-confined PROPERTIES LABELS guest TIMEOUT 600
	ENVIRONMENT "RAMIMG=$<TARGET_FILE:ramimg>")
