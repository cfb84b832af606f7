# How tse::torch finds libtorch: Debian's, or PyTorch from pip. The build reads this file, and so does tseConfig.cmake,
# beside which it is installed.

# tse_find_torch(HINT [OPTION OF FIND_PACKAGE]...): the target tse::libtorch; of the Torch_DIR HINT, if that is not empty
# and CMAKE_PREFIX_PATH has no other.
macro(tse_find_torch hint)
  tse_torch_without_toolkit(tse_torch_prefix "${hint}")
  if(tse_torch_prefix)
    tse_import_torch("${tse_torch_prefix}")
  else()
    find_package(Torch HINTS ${hint} ${ARGN})
  endif()
  if(Torch_FOUND AND NOT TARGET tse::libtorch)
    add_library(tse::libtorch INTERFACE IMPORTED GLOBAL)
    set_property(TARGET tse::libtorch PROPERTY INTERFACE_LINK_LIBRARIES "${TORCH_LIBRARIES}")
    tse_suit_torch()
  endif()
endmacro()

# tse_torch_without_toolkit(VARIABLE HINT): the folder of a PyTorch for CUDA where the CUDA toolkit is not installed, else
# nothing. That is what `pip install torch` gives most people, and PyTorch's own CMake files refuse it, as they look for
# what only those need who compile CUDA code (https://github.com/pytorch/pytorch/issues/73427).
function(tse_torch_without_toolkit variable hint)
  set(${variable} "" PARENT_SCOPE)
  find_path(config TorchConfig.cmake NO_CACHE
    HINTS "${Torch_DIR}" ${Torch_ROOT} ENV Torch_ROOT ${CMAKE_PREFIX_PATH} ENV CMAKE_PREFIX_PATH ${hint}
    PATH_SUFFIXES Torch share/cmake/Torch)
  get_filename_component(prefix "${config}/../../.." ABSOLUTE)
  if(config AND EXISTS "${prefix}/lib/libtorch_cuda.so")
    find_program(TSE_NVCC nvcc PATHS ENV CUDA_PATH ENV CUDA_HOME /usr/local/cuda PATH_SUFFIXES bin
      DOC "CUDA's compiler, a sign that the toolkit is there; empty to link PyTorch without")
    if(NOT TSE_NVCC)
      message(STATUS "PyTorch for CUDA, without the CUDA toolkit: ${prefix}")
      set(${variable} "${prefix}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# tse_import_torch(PREFIX): sets what find_package(Torch) does, of this folder. libtorch.so has no code of its own and
# needs the CPU's and the GPU's libraries, so the linker must keep it unasked.
macro(tse_import_torch prefix)
  set(TORCH_INCLUDE_DIRS "${prefix}/include" "${prefix}/include/torch/csrc/api/include")
  file(STRINGS "${prefix}/share/cmake/Torch/TorchConfig.cmake" TORCH_CXX_FLAGS REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(NOT TARGET torch)
    add_library(torch INTERFACE IMPORTED GLOBAL)
    set_target_properties(torch PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${TORCH_INCLUDE_DIRS}"
      INTERFACE_LINK_LIBRARIES
        "-Wl,--no-as-needed,${prefix}/lib/libtorch.so -Wl,--as-needed;${prefix}/lib/libtorch_cpu.so;${prefix}/lib/libc10.so")
  endif()
  set(TORCH_LIBRARIES torch)
  set(Torch_DIR "${prefix}/share/cmake/Torch" CACHE PATH "The folder of TorchConfig.cmake")
  set(Torch_FOUND TRUE)
endmacro()

# tse_suit_torch(): PyTorch from pip has a folder of fmt's headers among its own. They come before those of the system,
# and are of another version than its libfmt, so what includes them must not need libfmt. The versions live in namespaces
# of their own (fmt::v9, fmt::v12), and no function of ours takes or returns a type of fmt.
function(tse_suit_torch)
  if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "[tse] expected a libtorch of GCC's C++11 ABI, as Debian's and, from 2.7 on, pip's are; got one of "
      "the old ABI: ${TORCH_INCLUDE_DIRS}")
  endif()
  get_target_property(own fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  file(REAL_PATH "${own}/fmt/format.h" ours)
  foreach(folder IN LISTS TORCH_INCLUDE_DIRS)
    file(REAL_PATH "${folder}/fmt/format.h" theirs)
    if(EXISTS "${theirs}" AND NOT theirs STREQUAL ours)
      set_property(TARGET tse::libtorch PROPERTY INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)
    endif()
  endforeach()
endfunction()
