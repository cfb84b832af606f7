# The layers, read from docs/layers.txt: tse_core_layers know no libtorch, tse_torch_layers do. Adding a layer is a line
# in that file and a folder.
set(tse_core_layers)
set(tse_torch_layers)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/layers.txt")
file(STRINGS "${PROJECT_SOURCE_DIR}/docs/layers.txt" rows REGEX "^[a-z]+( T)?:")
foreach(row IN LISTS rows)
  if(row MATCHES "^([a-z]+) T:")
    list(APPEND tse_torch_layers "${CMAKE_MATCH_1}")
  elseif(row MATCHES "^([a-z]+):")
    list(APPEND tse_core_layers "${CMAKE_MATCH_1}")
  endif()
endforeach()

# tse_layer_files(VARIABLE PATTERN LAYER...): the files under src/ or include/tse/ of these layers, as PATTERN says with
# LAYER in it. A new file is noticed at the next build.
function(tse_layer_files variable pattern)
  set(all)
  foreach(layer IN LISTS ARGN)
    string(REPLACE "LAYER" "${layer}" glob "${PROJECT_SOURCE_DIR}/${pattern}")
    file(GLOB_RECURSE files CONFIGURE_DEPENDS "${glob}")
    list(APPEND all ${files})
  endforeach()
  set(${variable} ${all} PARENT_SCOPE)
endfunction()

# tse_umbrella(NAME HEADER...): tse/NAME in the build folder, for users of the library: these headers and nothing else.
# It is made, not written, so that it cannot lack one; the library itself never includes it.
function(tse_umbrella name)
  set(text "#pragma once\n\n// Every header of the library that these layers have.\n")
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}/include" "${header}")
    string(APPEND text "#include \"${relative}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/tse/${name}" CONTENT "${text}" @ONLY)
endfunction()
