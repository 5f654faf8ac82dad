# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# CPack's external package script (cmake/Package.cmake).
execute_process(COMMAND sh ${CPACK_RAMIMG_SOURCE}/cmake/debian/make ${CPACK_RAMIMG_SOURCE} ${CPACK_RAMIMG_BUILD}
	${CPACK_PACKAGE_VERSION} ${CPACK_RAMIMG_MAINTAINER} ${CPACK_PACKAGE_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
set(CPACK_EXTERNAL_BUILT_PACKAGES ${CPACK_PACKAGE_DIRECTORY}/ramimg_${CPACK_PACKAGE_VERSION}_amd64.deb)
