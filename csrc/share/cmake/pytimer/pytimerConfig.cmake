# pytimer::pytimer   the torch-free library: headers alone.
# pytimer::torch     the same with models that libtorch runs; there where a torch is found, demanded
#                    by find_package(pytimer COMPONENTS torch).

get_filename_component(_pytimer_include "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)

if(NOT TARGET pytimer::pytimer)
  add_library(pytimer::pytimer INTERFACE IMPORTED GLOBAL)
  target_include_directories(pytimer::pytimer INTERFACE "${_pytimer_include}")
  target_compile_features(pytimer::pytimer INTERFACE cxx_std_17)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  include(CMakeFindDependencyMacro)
  find_dependency(Threads)
  target_link_libraries(pytimer::pytimer INTERFACE ${CMAKE_DL_LIBS} Threads::Threads)
endif()

if(NOT TARGET pytimer::torch)
  include("${CMAKE_CURRENT_LIST_DIR}/pytimerTorch.cmake")
endif()
if(TARGET pytimer::torch)
  set(pytimer_torch_FOUND TRUE)
endif()

foreach(component IN LISTS pytimer_FIND_COMPONENTS)
  if(pytimer_FIND_REQUIRED_${component} AND NOT pytimer_${component}_FOUND)
    set(pytimer_FOUND FALSE)
    if(component STREQUAL "torch")
      set(pytimer_NOT_FOUND_MESSAGE "${_pytimer_torch_message}")
    else()
      set(pytimer_NOT_FOUND_MESSAGE "pytimer has the component torch, and no '${component}'")
    endif()
  endif()
endforeach()
