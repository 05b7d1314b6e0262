#pragma once

namespace pytimer {

/// Version of this library, as `pytimer.__version__`.
inline constexpr const char* k_version = "0.1.0";

}  // namespace pytimer
