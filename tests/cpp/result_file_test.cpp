#include "pytimer/result_file.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "check.hpp"
#include "pytimer/host_clock.hpp"

namespace {

using namespace pytimer;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Latency some_latency() {
  LatencyPlan plan;
  plan.repetitions = 5;
  return measure_latency(HostClock(), [] {}, plan);
}

void a_file_is_written_whole() {
  const std::string path = "latency.json";
  save(some_latency(), {"a \"model\"\n", {"1×3 float32"}}, environment_of(HostClock()), path);
  const std::string text = read(path);
  check::that(text.find("\"format\": \"pytimer result\"") != std::string::npos);
  check::that(text.find("\"model\": \"a \\\"model\\\"\\u000a\"") != std::string::npos);
}

void a_link_is_replaced_and_never_written_through() {
  std::filesystem::remove_all("links");
  std::filesystem::create_directory("links");
  std::ofstream("links/victim") << "untouched";
  std::filesystem::create_symlink("victim", "links/latency.json");
  std::filesystem::create_symlink("victim", "links/latency.json.tmp");
  const mode_t before = umask(027);
  save(some_latency(), {}, environment_of(HostClock()), "links/latency.json");
  umask(before);
  check::equal(read("links/victim"), std::string("untouched"));
  check::that(
      std::filesystem::is_regular_file(std::filesystem::symlink_status("links/latency.json")));
  const auto mode = std::filesystem::status("links/latency.json").permissions();
  check::equal(static_cast<int>(mode), 0640);
}

void what_cannot_take_its_place_leaves_nothing() {
  std::filesystem::remove_all("taken");
  std::filesystem::create_directories("taken/latency.json/inside");
  check::that(!check::message_of<Error>([] {
                 save(some_latency(), {}, environment_of(HostClock()), "taken/latency.json");
               }).empty());
  const std::filesystem::directory_iterator entries("taken");
  check::equal(std::distance(begin(entries), end(entries)), std::ptrdiff_t{1});
}

void a_pipe_is_not_replaced() {
  static_cast<void>(std::remove("pipe"));
  check::equal(::mkfifo("pipe", 0600), 0);
  check::that(check::message_of<Error>([] {
                save(some_latency(), {}, environment_of(HostClock()), "pipe");
              }).find("expected the name of a file") != std::string::npos);
  check::that(std::filesystem::is_fifo("pipe"));
}

void what_a_harness_does_not_count_is_null() {
  ThroughputPlan plan;
  plan.batches = 2;
  const Throughput throughput = measure_throughput(HostClock(), [] {}, 1, plan);
  save(some_latency(), {}, environment_of(HostClock()), "latency.json");
  save(throughput, {}, environment_of(HostClock()), "throughput.json");
  for (const char* path : {"latency.json", "throughput.json"}) {
    check::that(read(path).find("\"work\": null") != std::string::npos);
  }
}

void a_folder_that_is_not_there_is_an_error_and_leaves_nothing() {
  const std::string path = "gone/latency.json";
  const std::string text = check::message_of<Error>(
      [&] { save(some_latency(), {}, environment_of(HostClock()), path); });
  check::that(text.find("cannot write gone/latency.json") != std::string::npos);
}

void nothing_measured_is_refused() {
  Throughput open;
  open.samples.finish_s = {1.0};
  for (const auto& text :
       {check::message_of<Error>([] { save(Latency(), {}, {}, "latency.json"); }),
        check::message_of<Error>([&] { save(open, {}, {}, "throughput.json"); })}) {
    check::that(text.find("expected ") == 0);
  }
}

void numbers_read_back_as_they_were() {
  for (const double number : {1e-9, 0.1, 3.0, 1.0 / 3, 123456789.123456789, 5e-324}) {
    detail::JsonWriter json;
    json.value(number);
    check::equal(std::strtod(json.text().c_str(), nullptr), number);
  }
}

}  // namespace

int main() {
  return check::run({
      {"a file is written whole", a_file_is_written_whole},
      {"a link is replaced and never written through",
       a_link_is_replaced_and_never_written_through},
      {"what cannot take its place leaves nothing", what_cannot_take_its_place_leaves_nothing},
      {"a pipe is not replaced", a_pipe_is_not_replaced},
      {"what a harness does not count is null", what_a_harness_does_not_count_is_null},
      {"a folder that is not there is an error and leaves nothing",
       a_folder_that_is_not_there_is_an_error_and_leaves_nothing},
      {"nothing measured is refused", nothing_measured_is_refused},
      {"numbers read back as they were", numbers_read_back_as_they_were},
  });
}
