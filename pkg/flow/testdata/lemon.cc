// Solves a DIMACS .min file with LEMON's network simplex, for the comparison in bench_test.go. Prints one line for each repetition: objective and
// nanoseconds of construction and run, reading left out.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <lemon/dimacs.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

int main(int argc, char **argv) {
  using namespace lemon;
  typedef SmartDigraph::ArcMap<long long> Arcs;
  if (argc != 3) return 2;
  SmartDigraph g;
  Arcs lower(g), upper(g), cost(g);
  SmartDigraph::NodeMap<long long> supply(g);
  std::ifstream in(argv[1]);
  readDimacsMin(in, g, lower, upper, cost, supply);
  for (int i = 0; i < std::atoi(argv[2]); i++) {
    auto begin = std::chrono::steady_clock::now();
    NetworkSimplex<SmartDigraph, long long, long long> ns(g);
    ns.lowerMap(lower).upperMap(upper).costMap(cost).supplyMap(supply);
    if (ns.run() != NetworkSimplex<SmartDigraph, long long, long long>::OPTIMAL) return 1;
    auto end = std::chrono::steady_clock::now();
    std::cout << ns.totalCost<long long>() << " " << std::chrono::nanoseconds(end - begin).count() << std::endl;
  }
}
