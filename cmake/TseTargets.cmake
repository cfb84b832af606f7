# How every target of the project is compiled: C++20, warnings, sanitizers, ccache, clang-tidy.

find_program(TSE_CCACHE ccache)
if(TSE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache caches what uses a precompiled header only when told that these two do not matter
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${TSE_CCACHE}")
endif()

add_library(tse_build_flags INTERFACE)
target_compile_features(tse_build_flags INTERFACE cxx_std_20)
target_compile_options(tse_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # what GCC's optimiser guesses of the standard library's copies is wrong too often (its bugs 105651, 105762, 107852)
  target_compile_options(tse_build_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's std::stable_sort calls a function that it deprecates itself
  target_compile_options(tse_build_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(TSE_WERROR)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
    message(STATUS "Warnings stay warnings: this compiler is newer than those the project is tested with")
  else()
    target_compile_options(tse_build_flags INTERFACE -Werror)
  endif()
endif()
if(TSE_SANITIZE)
  target_compile_options(tse_build_flags INTERFACE
    -fsanitize=${TSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tse_build_flags INTERFACE -fsanitize=${TSE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # with sanitizers GCC sees uninitialised members in the standard library's std::function (its bug 105562)
    target_compile_options(tse_build_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(TSE_LLD)
  find_program(TSE_LLD_PROGRAM ld.lld)
  if(TSE_LLD_PROGRAM)
    target_link_options(tse_build_flags INTERFACE -fuse-ld=lld)
  endif()
endif()
if(TSE_TIDY)
  find_program(TSE_CLANG_TIDY NAMES clang-tidy-19 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY "${TSE_CLANG_TIDY};--quiet")  # of the compiler's own version: it reads precompiled headers
endif()

# tse_check_by_folder(TARGET): with TSE_TIDY, a folder's sources are checked as one, since nearly all of clang-tidy's time
# goes into the headers of others. So what one source of a folder keeps to itself has a name that no other of them uses.
function(tse_check_by_folder target)
  if(NOT TSE_TIDY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME name)
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${name}")
  endforeach()
endfunction()

# A file that includes libtorch takes 1.1 GB to compile: no more of them at once than memory holds, whatever -j says.
cmake_host_system_information(RESULT memory QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR torch_jobs "${memory} / 1500")
if(torch_jobs LESS 1)
  set(torch_jobs 1)
endif()
set_property(GLOBAL APPEND PROPERTY JOB_POOLS tse_torch=${torch_jobs})

# tse_use_torch(TARGET): compiles a program that includes libtorch with the precompiled header of tse_torch, which saves
# half of each file's time. The flags must be those the header was made with.
function(tse_use_torch target)
  target_link_libraries(${target} PRIVATE tse_torch)
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE tse_torch)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM tse_torch)
endfunction()
