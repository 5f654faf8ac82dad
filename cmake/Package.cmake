# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The target "package", and cpack: ramimg_VERSION_amd64.deb of this Debian. CPack's own generator of Debian packages takes
# one list of dependencies of all programs, so that the appliance's module would make libguestfs one of ramimg, and knows no
# Static-Built-Using. So its package is made by debian/make, from a build of its own: for /usr, and with Debian's flags.
set(CPACK_GENERATOR External)
set(CPACK_PACKAGE_NAME ramimg)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The ramimg authors")
set(CPACK_EXTERNAL_PACKAGE_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/debian/package.cmake)
set(CPACK_INSTALL_CMAKE_PROJECTS "")
set(CPACK_RAMIMG_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_RAMIMG_BUILD ${PROJECT_BINARY_DIR}/package)
set(RAMIMG_MAINTAINER "The ramimg authors <ramimg@ramimg.example>" CACHE STRING "The package's maintainer")
set(CPACK_RAMIMG_MAINTAINER ${RAMIMG_MAINTAINER})
# The target makes all else first, of which nothing is in the package; cpack alone does not.
include(CPack)
