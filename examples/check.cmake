# cmake -DPROGRAM=... -DEXPECTED=... -P check.cmake: runs an example and compares what it prints.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ "${EXPECTED}" expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed\n${printed}\nexpected was\n${expected}")
endif()
