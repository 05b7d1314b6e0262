# pytimer::pytimer   the torch-free library: headers alone.
# pytimer::torch     the same with models that libtorch runs; there where a torch is found, demanded
#                    by find_package(pytimer COMPONENTS torch).

include_guard(GLOBAL)

get_filename_component(_pytimer_include "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)

add_library(pytimer::pytimer INTERFACE IMPORTED GLOBAL)
target_include_directories(pytimer::pytimer INTERFACE "${_pytimer_include}")
target_compile_features(pytimer::pytimer INTERFACE cxx_std_17)
set(THREADS_PREFER_PTHREAD_FLAG ON)
include(CMakeFindDependencyMacro)
find_dependency(Threads)
target_link_libraries(pytimer::pytimer INTERFACE ${CMAKE_DL_LIBS} Threads::Threads)

include("${CMAKE_CURRENT_LIST_DIR}/pytimerTorch.cmake")
set(pytimer_torch_FOUND ${_pytimer_torch_found})
if("torch" IN_LIST pytimer_FIND_COMPONENTS AND NOT pytimer_torch_FOUND)
  if(pytimer_FIND_REQUIRED_torch)
    set(pytimer_FOUND FALSE)
    set(pytimer_NOT_FOUND_MESSAGE "${_pytimer_torch_message}")
  elseif(NOT pytimer_FIND_QUIETLY)
    message(STATUS "${_pytimer_torch_message}")
  endif()
endif()
