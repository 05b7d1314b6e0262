# Finds torch without find_package(Torch), which aborts on a CUDA wheel where no CUDA toolkit is
# installed. Looks at PYTIMER_TORCH_ROOT (the folder with include/ and lib/), then asks
# PYTIMER_PYTHON, the Python on PATH unless told.

set(PYTIMER_TORCH_ROOT "" CACHE PATH "Folder of torch or libtorch, with include/ and lib/")
set(_pytimer_torch "${PYTIMER_TORCH_ROOT}")
if(NOT _pytimer_torch)
  find_program(PYTIMER_PYTHON NAMES python3 python DOC "Python in which torch is installed")
  if(PYTIMER_PYTHON)
    execute_process(
      COMMAND
        "${PYTIMER_PYTHON}" -c
        "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE _pytimer_torch
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()

set(_pytimer_torch_message
    "expected torch for pytimer::torch, found none at '${_pytimer_torch}'; set PYTIMER_TORCH_ROOT to \
its folder (the one with include/ and lib/) or PYTIMER_PYTHON to a Python that has it")
if(EXISTS "${_pytimer_torch}/include/ATen/ATen.h" AND EXISTS
                                                      "${_pytimer_torch}/lib/libtorch_cpu.so")
  add_library(pytimer::torch INTERFACE IMPORTED GLOBAL)
  target_link_libraries(pytimer::torch INTERFACE pytimer::pytimer)
  target_include_directories(
    pytimer::torch SYSTEM INTERFACE "${_pytimer_torch}/include"
                                    "${_pytimer_torch}/include/torch/csrc/api/include")

  # What a CUDA wheel's libraries need is found at run time, by their own paths.
  target_link_options(pytimer::torch INTERFACE "LINKER:--allow-shlib-undefined")
  target_link_libraries(pytimer::torch INTERFACE "${_pytimer_torch}/lib/libtorch.so"
                                                 "${_pytimer_torch}/lib/libtorch_cpu.so"
                                                 "${_pytimer_torch}/lib/libc10.so")
  if(EXISTS "${_pytimer_torch}/lib/libtorch_cuda.so")
    # It registers the CUDA kernels when it is loaded; no symbol of it is named.
    target_link_libraries(
      pytimer::torch
      INTERFACE "-Wl,--no-as-needed" "${_pytimer_torch}/lib/libtorch_cuda.so"
                "${_pytimer_torch}/lib/libc10_cuda.so" "-Wl,--as-needed")
  endif()

  # 2.14 demands C++20; earlier ones, whose version is in either place, take C++17 too.
  set(_pytimer_torch_version 3)
  foreach(file IN ITEMS headeronly/version.h csrc/api/include/torch/version.h)
    if(EXISTS "${_pytimer_torch}/include/torch/${file}")
      file(STRINGS "${_pytimer_torch}/include/torch/${file}" _pytimer_lines
           REGEX "define TORCH_VERSION_(MAJOR|MINOR) [0-9]")
      string(REGEX MATCHALL "[0-9]+" _pytimer_numbers "${_pytimer_lines}")
      list(JOIN _pytimer_numbers "." _pytimer_torch_version)
      break()
    endif()
  endforeach()
  if(_pytimer_torch_version VERSION_LESS 2.14)
    target_compile_features(pytimer::torch INTERFACE cxx_std_17)
  else()
    target_compile_features(pytimer::torch INTERFACE cxx_std_20)
  endif()
endif()
