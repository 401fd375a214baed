// Solves a DIMACS .min file with LEMON's network simplex, for the comparison in bench_test.go. Prints one line for each repetition: objective,
// nanoseconds of processor time for construction and run, reading left out, and the most memory (KiB) that the process has had since the file
// was read, where Linux tells that (otherwise 0).
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>

#include <lemon/dimacs.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

// peak is the most memory that this process has had resident, in KiB.
static long peak() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

int main(int argc, char **argv) {
  using namespace lemon;
  typedef SmartDigraph::ArcMap<long long> Arcs;
  if (argc != 3) return 2;
  SmartDigraph g;
  Arcs lower(g), upper(g), cost(g);
  SmartDigraph::NodeMap<long long> supply(g);
  std::ifstream in(argv[1]);
  readDimacsMin(in, g, lower, upper, cost, supply);
  std::ofstream("/proc/self/clear_refs") << 5 << std::flush; // what reading took for a while is forgotten
  for (int i = 0; i < std::atoi(argv[2]); i++) {
    std::clock_t begin = std::clock();
    NetworkSimplex<SmartDigraph, long long, long long> ns(g);
    ns.lowerMap(lower).upperMap(upper).costMap(cost).supplyMap(supply);
    if (ns.run() != NetworkSimplex<SmartDigraph, long long, long long>::OPTIMAL) return 1;
    std::clock_t end = std::clock();
    std::cout << ns.totalCost<long long>() << " " << (long long)(end - begin) * (1000000000 / CLOCKS_PER_SEC) << " " << peak()
              << std::endl;
  }
}
