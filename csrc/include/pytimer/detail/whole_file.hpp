#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "pytimer/error.hpp"

namespace pytimer {
namespace detail {

/// Puts a file with that content at `path`, whole or not at all: it is made anew beside it, with a
/// mode by the umask, and renamed. A symbolic link at `path` is replaced and never written through.
/// Throws Error where that cannot be done, or where a pipe or a device is in its place; what was
/// there is then as it was.
inline void write_whole(const std::string& path, const std::string& content) {
  const auto fail = [&path](int code) {
    throw Error("cannot write " + path + ": " + std::strerror(code) +
                "; choose a folder that exists and that you may write to");
  };
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    throw Error("cannot write " + path +
                ": expected the name of a file, got that of a folder, a "
                "pipe or a device");
  }
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  std::random_device random;
  const std::string temporary =
      folder + ".pytimer-" + std::to_string(random()) + std::to_string(random()) + ".tmp";
  const int file =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file < 0) {
    fail(errno);
  }
  int code = 0;
  for (std::size_t done = 0; done < content.size() && code == 0;) {
    const ssize_t written = ::write(file, content.data() + done, content.size() - done);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      code = errno;
    }
  }
  if (code == 0 && ::fsync(file) != 0) {
    code = errno;
  }
  if (::close(file) != 0 && code == 0) {
    code = errno;
  }
  if (code == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) {
    static_cast<void>(::unlink(temporary.c_str()));
    fail(code);
  }
}

}  // namespace detail
}  // namespace pytimer
