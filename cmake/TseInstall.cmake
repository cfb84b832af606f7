# Installs the programs, the libraries with their headers, and what find_package(tse CONFIG COMPONENTS core torch) reads.
include(CMakePackageConfigHelpers)
set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/tse")

if(TARGET tse)
  install(TARGETS tse RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
foreach(program tse-torch tse-bench)  # tse starts them
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/tse")
  endif()
endforeach()

foreach(component core torch)
  if(TARGET tse_${component})
    install(TARGETS tse_${component} EXPORT tse_${component}
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
      FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT tse_${component} NAMESPACE tse:: DESTINATION "${config_folder}" FILE tse-${component}.cmake)
  endif()
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tseConfig.cmake.in" "${PROJECT_BINARY_DIR}/tseConfig.cmake"
  INSTALL_DESTINATION "${config_folder}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tseConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tseConfig.cmake" "${PROJECT_BINARY_DIR}/tseConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/TseTorch.cmake" DESTINATION "${config_folder}")
