file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/pytimer/version.hpp" _pytimer_line
     REGEX "k_version")
string(REGEX MATCH "([0-9]+\\.[0-9]+)\\.[0-9]+" PACKAGE_VERSION "${_pytimer_line}")
set(_pytimer_minor "${CMAKE_MATCH_1}")

# Before 1.0 each minor version may break what the one before promised.
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _pytimer_wanted "${PACKAGE_FIND_VERSION}")
if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION OR NOT _pytimer_wanted STREQUAL
                                                        _pytimer_minor)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
