# cmake -DOUTPUT=x.cpp "-DNAMES=a;b" "-DFILES=path;path" -P EmbedText.cmake: a source that holds the texts of the files
# as `extern const std::string_view kEmbeddedNAME` in namespace tse.
# C++ promises 65,536 characters of a literal, and every compiler we build with takes far more
set(source "#include <string_view>\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\nnamespace tse {\n")
foreach(name file IN ZIP_LISTS NAMES FILES)
  file(READ "${file}" text)
  string(FIND "${text}" ")embedded\"" delimiter)
  if(NOT delimiter EQUAL -1)
    message(FATAL_ERROR "EmbedText: ${file} contains the delimiter of the literal")
  endif()
  string(APPEND source "\nextern const std::string_view kEmbedded${name};\n"
                       "const std::string_view kEmbedded${name} = R\"embedded(${text})embedded\";\n")
endforeach()
string(APPEND source "\n}  // namespace tse\n")
file(WRITE "${OUTPUT}" "${source}")
