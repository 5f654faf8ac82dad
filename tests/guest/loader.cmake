# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The loader by itself, and boots of this machine's own initrd with it. Under sanitizers only the
# former, by a build of the same sources that is sanitized. To be counted it is another one, too.
if(RAMIMG_SANITIZE)
	set(loader ramload-sanitized)
	set(loader_label unit)
	set(loader_trees 50)
else()
	set(loader ramload)
	set(loader_label guest)
	set(loader_trees 40)
	set(loader_edges edges)
	if(RAMIMG_COVERAGE)
		set(loader ramload-counted)
	endif()
endif()

add_executable(loader_packer loader_packer.c)
target_link_libraries(loader_packer PRIVATE ri_pack)
add_executable(loader_filter loader_filter.c)
target_link_libraries(loader_filter PRIVATE ri_flags)
target_link_options(loader_filter PRIVATE -static)

# Of random trees, those with everything that is large or odd, packed in one way: sanitizers take minutes for them.
set(file_edges random)
set(case_edges Random.test_edges_zstd)
foreach(name commands roundtrip faults hostile foreign broken random compressed ${loader_edges})
	set(file ${name})
	if(file_${name})
		set(file ${file_${name}})
	endif()
	add_test(NAME ${loader_label}/loader-${name}
		COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/loader_${file}.py ${case_${name}})
	set_tests_properties(${loader_label}/loader-${name} PROPERTIES LABELS ${loader_label}
		TIMEOUT 600 ENVIRONMENT "RAMLOAD=$<TARGET_FILE:${loader}>;LOADER_PACKER=$<TARGET_FILE:loader_packer>;LOADER_TREES=${loader_trees};LOADER_FILTER=$<TARGET_FILE:loader_filter>")
endforeach()

if(NOT RAMIMG_SANITIZE)
	# Every initrd carries it.
	add_test(NAME unit/ramload-size COMMAND sh -c
		"test $(stat -c %s \"$0\") -le 2097152 && ! readelf -l \"$0\" | grep INTERP" $<TARGET_FILE:ramload>)
	set_tests_properties(unit/ramload-size PROPERTIES LABELS "style;unit")

	# One binary for every initramfs: it knows none of their programs and paths (the script does).
	add_test(NAME unit/ramload-generators COMMAND sh -c
		"grep -aq ramimg.size= \"$0\" && ! grep -aoiE 'initramfs-tools|dracut|mkinitcpio|mkinitfs|/scripts/|/conf/' \"$0\"" $<TARGET_FILE:ramload>)
	set_tests_properties(unit/ramload-generators PROPERTIES LABELS "style;unit")

	add_executable(loader_init loader_init.c)
	target_link_libraries(loader_init PRIVATE ri_flags)
	target_link_options(loader_init PRIVATE -static)
	add_executable(diskless_tool diskless_tool.c)
	target_link_libraries(diskless_tool PRIVATE ri_initrd ri_iso ri_plan)
	target_include_directories(diskless_tool PRIVATE ${PROJECT_SOURCE_DIR}/tests)
	add_executable(least_tool least_tool.c)
	target_link_libraries(least_tool PRIVATE ri_plan)
	# Made once; where they are there, this takes no time.
	foreach(suite bookworm trixie)
		add_test(NAME guest/dracut-initrds-${suite}
			COMMAND sh ${PROJECT_SOURCE_DIR}/tests/fixtures/dracut-initrds ${suite})
		set_tests_properties(guest/dracut-initrds-${suite} PROPERTIES LABELS guest TIMEOUT 1500
			FIXTURES_SETUP dracut-${suite})
	endforeach()
	foreach(program initrd_boot initrd_faults initrd_dracut initrd_compressed initrd_diskless initrd_iso initrd_dracut_diskless)
		set(boot ${CMAKE_CURRENT_SOURCE_DIR}/${program}.py)
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${boot})
		execute_process(COMMAND ${Python3_EXECUTABLE} ${boot} --list OUTPUT_VARIABLE names
			OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
		string(REPLACE "\n" ";" names "${names}")
		foreach(name ${names})
			add_test(NAME guest/initrd-${name} COMMAND ${Python3_EXECUTABLE} ${boot} ${name})
			set_tests_properties(guest/initrd-${name} PROPERTIES LABELS guest TIMEOUT 600
				ENVIRONMENT "RAMLOAD=$<TARGET_FILE:ramload>;LEAST_TOOL=$<TARGET_FILE:least_tool>;LOADER_INIT=$<TARGET_FILE:loader_init>;LOADER_FILTER=$<TARGET_FILE:loader_filter>;DISKLESS_TOOL=$<TARGET_FILE:diskless_tool>;INITRAMFS_SCRIPT=${PROJECT_SOURCE_DIR}/templates/initramfs-script;DRACUT_HOOK=${PROJECT_SOURCE_DIR}/templates/dracut-hook;DRACUT_DISKLESS=${PROJECT_SOURCE_DIR}/templates/dracut-diskless")
			if(name MATCHES "^dracut_(diskless_)?12")
				set_tests_properties(guest/initrd-${name} PROPERTIES FIXTURES_REQUIRED dracut-bookworm)
			elseif(name MATCHES "^dracut_(diskless_)?13")
				set_tests_properties(guest/initrd-${name} PROPERTIES FIXTURES_REQUIRED dracut-trixie)
			endif()
		endforeach()
	endforeach()
endif()
