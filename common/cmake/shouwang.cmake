# The few functions every folder uses: sw_library, sw_executable, sw_test, sw_embed.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT SHOUWANG_NO_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

# "address,undefined" or "thread" (presets asan and tsan; tests/sanitize says what runs under them).
set(SHOUWANG_SANITIZE "" CACHE STRING "sanitizers for the whole build")
# Coverage for libFuzzer, clang only (preset fuzz; tests/fuzz).
option(SHOUWANG_LIBFUZZER "fuzz targets with libFuzzer's own main" OFF)
if(SHOUWANG_SANITIZE)
    add_compile_options(-fsanitize=${SHOUWANG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SHOUWANG_SANITIZE})
endif()
if(SHOUWANG_LIBFUZZER)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
find_package(prometheus-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)

set(SW_WARNINGS -Wall -Wextra -Wpedantic -Werror -Wshadow=local -Wno-missing-field-initializers)
# g++ is the compiler of the house; clang only builds the fuzz targets and must not fail on warnings of its own.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    list(REMOVE_ITEM SW_WARNINGS -Werror -Wshadow=local)
endif()
# Boost.Asio uses fences, which ThreadSanitizer does not model; g++ would turn that into an error.
if(SHOUWANG_SANITIZE MATCHES thread)
    list(APPEND SW_WARNINGS -Wno-tsan)
endif()

function(sw_target_setup target)
    target_compile_options(${target} PRIVATE ${SW_WARNINGS})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# sw_library(name SRCS a.cc … DEPS lib …): a static library; headers are included from the root.
function(sw_library name)
    cmake_parse_arguments(A "" "" "SRCS;DEPS" ${ARGN})
    add_library(${name} STATIC ${A_SRCS})
    sw_target_setup(${name})
    target_link_libraries(${name} PUBLIC ${A_DEPS})
endfunction()

# sw_executable(name SRCS … DEPS …)
function(sw_executable name)
    cmake_parse_arguments(A "" "" "SRCS;DEPS" ${ARGN})
    add_executable(${name} ${A_SRCS})
    sw_target_setup(${name})
    target_link_libraries(${name} PRIVATE ${A_DEPS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# sw_test(name SRCS … DEPS … LABELS unit|server|system TIMEOUT seconds): one GoogleTest binary, one ctest entry.
# unit: nothing but the process; server: needs the private PostgreSQL, Redis or Kafka; system: starts the product.
function(sw_test name)
    cmake_parse_arguments(A "" "TIMEOUT" "SRCS;DEPS;LABELS;ARGS" ${ARGN})
    if(NOT A_TIMEOUT)
        set(A_TIMEOUT 120)
    endif()
    add_executable(${name} ${A_SRCS})
    sw_target_setup(${name})
    target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name} ${A_ARGS} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}")
    set_property(GLOBAL APPEND PROPERTY SW_TESTS ${name})
endfunction()

# sw_embed(target symbol file …): puts files into the target as `std::string_view <symbol>()`-style constants; see common/cmake/embed.cmake.
function(sw_embed target namespace symbol file)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.cc)
    add_custom_command(
        OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -DNAMESPACE=${namespace} -P ${CMAKE_SOURCE_DIR}/common/cmake/embed.cmake
        DEPENDS ${file} ${CMAKE_SOURCE_DIR}/common/cmake/embed.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()
