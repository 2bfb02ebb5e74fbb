# Compiler flags as interface targets: sf_flags (everything), sf_strict (everything but tests).

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_library(sf_flags INTERFACE)
target_compile_definitions(sf_flags INTERFACE _GNU_SOURCE)
target_include_directories(sf_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_options(sf_flags INTERFACE
	-fno-common -fstack-protector-strong -ffp-contract=off
	-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wpointer-arith -Wundef -Wformat=2 -Wvla
	-Wdouble-promotion)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(sf_flags INTERFACE
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches)
endif()
if(SF_WERROR)
	target_compile_options(sf_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT SF_SANITIZE)
	target_compile_definitions(sf_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(SF_SANITIZE)
	target_compile_options(sf_flags INTERFACE
		-fsanitize=${SF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(sf_flags INTERFACE -fsanitize=${SF_SANITIZE})
endif()
if(SF_FUZZ)
	target_compile_options(sf_flags INTERFACE -fsanitize=fuzzer-no-link)
	target_link_options(sf_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SF_COVERAGE)
	target_compile_options(sf_flags INTERFACE --coverage)
	target_link_options(sf_flags INTERFACE --coverage)
endif()

# Criterion's assert macros trip these, so tests go without.
add_library(sf_strict INTERFACE)
target_link_libraries(sf_strict INTERFACE sf_flags)
target_compile_options(sf_strict INTERFACE -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings)
