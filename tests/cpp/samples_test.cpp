#include "pytimer/samples.hpp"

#include <cstddef>
#include <vector>

#include "check.hpp"

int main() {
  return check::run({
      {"room for as many as asked",
       [] {
         std::vector<double> column;
         pytimer::make_room(column, 300);
         check::that(column.capacity() >= 300);
         check::that(column.empty());
       }},
      {"a long series in many chunks grows seldom",
       [] {
         std::vector<double> column;
         int grown = 0;
         for (int chunk = 0; chunk < 10'000; ++chunk) {
           const std::size_t before = column.capacity();
           pytimer::make_room(column, 10);
           grown += column.capacity() != before ? 1 : 0;
           column.insert(column.end(), 10, 1.0);
         }
         check::that(grown < 20);
       }},
  });
}
