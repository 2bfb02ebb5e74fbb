# Libraries, all from Debian 12 (see docs/architecture.md for why each is there).

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
# The TLS stack that libmicrohttpd is built with.
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
# In its GnuTLS flavour (see NOTICE); CURLOPT_PROTOCOLS_STR came with 7.85.
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
if(SF_TESTS)
	pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
endif()
if(SF_PLAN)
	find_path(GLPK_INCLUDE_DIR glpk.h)
	find_library(GLPK_LIBRARY glpk)
	if(NOT GLPK_INCLUDE_DIR OR NOT GLPK_LIBRARY)
		message(FATAL_ERROR "GLPK not found: install libglpk-dev or configure with -DSF_PLAN=OFF")
	endif()
	add_library(glpk INTERFACE)
	target_include_directories(glpk SYSTEM INTERFACE ${GLPK_INCLUDE_DIR})
	target_link_libraries(glpk INTERFACE ${GLPK_LIBRARY})
endif()
