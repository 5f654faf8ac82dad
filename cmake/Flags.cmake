# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Warnings, hardening and sanitizers, carried by targets that every library of ours links.
include(CheckCCompilerFlag)

add_library(ri_flags INTERFACE)
target_include_directories(ri_flags INTERFACE ${PROJECT_SOURCE_DIR}/builder)
target_compile_definitions(ri_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64
	RAMIMG_VERSION="${PROJECT_VERSION}")
if(RAMIMG_WERROR)
	target_compile_options(ri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic
		-Wshadow -Wconversion -Werror>)
	# Statement expressions (ri_steal) are GNU C, which both compilers of ours speak.
	if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
		target_compile_options(ri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wno-gnu-statement-expression>)
	endif()
endif()

# What Debian builds its packages with (dpkg-buildflags, hardening=+all). tests/style/hardening.sh reads
# the programs for it.
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
	string(MAKE_C_IDENTIFIER "RAMIMG_HAS${flag}" has)
	check_c_compiler_flag(${flag} ${has})
	if(${has})
		target_compile_options(ri_flags INTERFACE ${flag})
	endif()
endforeach()
target_compile_options(ri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wformat -Werror=format-security>)
# What is for a module is POSITION_INDEPENDENT_CODE, which is -fPIC.
target_compile_options(ri_flags INTERFACE
	$<$<AND:$<COMPILE_LANGUAGE:C>,$<NOT:$<BOOL:$<TARGET_PROPERTY:POSITION_INDEPENDENT_CODE>>>>:-fPIE>)
# _FORTIFY_SOURCE does nothing but warn without optimization, a packager's own value stays, and the
# sanitizers have checks of their own.
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
set(given "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}")
if(given MATCHES "-O[123sz]" AND NOT given MATCHES "_FORTIFY_SOURCE" AND NOT RAMIMG_SANITIZE AND NOT RAMIMG_FUZZ)
	target_compile_definitions(ri_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
# For programs that are not static.
add_library(ri_pie INTERFACE)
target_link_options(ri_pie INTERFACE -pie -Wl,-z,relro -Wl,-z,now)

add_library(ri_sanitize INTERFACE)
if(RAMIMG_SANITIZE)
	target_compile_options(ri_sanitize INTERFACE $<$<COMPILE_LANGUAGE:C>:-fsanitize=${RAMIMG_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer>)
	target_link_options(ri_sanitize INTERFACE -fsanitize=${RAMIMG_SANITIZE})
endif()

# As the sanitizers, for everything but the loader that is embedded. The counters are the file itself, mapped
# when a process begins: one that is killed, ends by _exit or may open nothing any more has counted all the same.
if(RAMIMG_COVERAGE)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
		message(FATAL_ERROR "RAMIMG_COVERAGE takes clang")
	endif()
	target_compile_options(ri_sanitize INTERFACE $<$<COMPILE_LANGUAGE:C>:-fcoverage-mapping
		-fprofile-instr-generate=${PROJECT_BINARY_DIR}/counts/%m%c.profraw -fprofile-update=atomic>)
	target_compile_options(ri_sanitize INTERFACE "$<$<COMPILE_LANGUAGE:C>:SHELL:-mllvm -runtime-counter-relocation>")
	target_link_options(ri_sanitize INTERFACE -fprofile-instr-generate)
endif()
