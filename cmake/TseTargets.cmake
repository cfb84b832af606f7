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

# tse_by_folder(TARGET [WHOLE]): with TSE_UNITY or TSE_TIDY, a folder's sources are compiled as one, or all sources of the
# target, since most of the time goes into the headers of others. So what one source of a folder keeps to itself has a
# name that no other of them uses. A source with options of its own, as the kernels have, stays alone: CMake leaves it
# out of every group.
function(tse_by_folder target)
  if(NOT (TSE_UNITY OR TSE_TIDY))
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC takes what a source keeps to itself for a header's, now that another includes the source
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME name)
    if("WHOLE" IN_LIST ARGN)
      set(name ${target})
    endif()
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${name}")
  endforeach()
endfunction()

# A source that includes libtorch takes up to 1.8 GB to compile: no more of them at once than memory holds, whatever -j says.
cmake_host_system_information(RESULT memory QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR torch_jobs "${memory} / 2000")
if(torch_jobs LESS 1)
  set(torch_jobs 1)
endif()
set_property(GLOBAL APPEND PROPERTY JOB_POOLS tse_torch=${torch_jobs})

# tse_compile_torch(TARGET [WHOLE]): compiles what includes libtorch with the precompiled header of tse_torch_header, which
# saves half of each file's time; or, with TSE_UNITY and WHOLE, as one source, which reads that header once and is done
# before the precompiled one would be.
function(tse_compile_torch target)
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE tse_torch)
  if(TSE_UNITY AND "WHOLE" IN_LIST ARGN)
    tse_by_folder(${target} WHOLE)
  else()
    target_compile_options(${target} PRIVATE -fPIC)  # the flags must be those the header was made with
    target_precompile_headers(${target} REUSE_FROM tse_torch_header)
  endif()
endfunction()

# tse_use_torch(TARGET [WHOLE]): a program that includes libtorch, compiled likewise.
function(tse_use_torch target)
  target_link_libraries(${target} PRIVATE tse_torch)
  tse_compile_torch(${target} ${ARGN})
endfunction()
