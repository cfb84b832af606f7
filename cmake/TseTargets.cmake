# How every target of the project is compiled: C++20, warnings, sanitizers.

find_program(TSE_CCACHE ccache)
if(TSE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TSE_CCACHE}")
endif()

add_library(tse_build_flags INTERFACE)
target_compile_features(tse_build_flags INTERFACE cxx_std_20)
target_compile_options(tse_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(TSE_WERROR)
  target_compile_options(tse_build_flags INTERFACE -Werror)
endif()
if(TSE_SANITIZE)
  target_compile_options(tse_build_flags INTERFACE -fsanitize=${TSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tse_build_flags INTERFACE -fsanitize=${TSE_SANITIZE})
endif()

# tse_layer_sources(VARIABLE LAYER...): the sources of these folders of src/.
function(tse_layer_sources variable)
  set(all)
  foreach(layer IN LISTS ARGN)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${layer}/*.cpp")
    list(APPEND all ${sources})
  endforeach()
  set(${variable} ${all} PARENT_SCOPE)
endfunction()
