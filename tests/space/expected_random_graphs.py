#!/usr/bin/env python3
"""Writes expected_random_graphs.json: statistics of the random graphs of networkx, by mean, standard deviation and number
of graphs.

Run with networkx, as of Debian's python3-networkx:  python3 tests/space/expected_random_graphs.py
"""
import json
import os
import statistics

import networkx as nx

NODES = 28
GRAPHS = 4000
SETTINGS = {
    "ws(k=2,p=0.3)": lambda seed: nx.watts_strogatz_graph(NODES, 2, 0.3, seed=seed),
    "ws(k=4,p=0.75)": lambda seed: nx.watts_strogatz_graph(NODES, 4, 0.75, seed=seed),
    "ws(k=8,p=1)": lambda seed: nx.watts_strogatz_graph(NODES, 8, 1, seed=seed),
    "er(p=0.1)": lambda seed: nx.gnp_random_graph(NODES, 0.1, seed=seed),
    "er(p=0.2)": lambda seed: nx.gnp_random_graph(NODES, 0.2, seed=seed),
    "ba(m=1)": lambda seed: nx.barabasi_albert_graph(NODES, 1, seed=seed),
    "ba(m=5)": lambda seed: nx.barabasi_albert_graph(NODES, 5, seed=seed),
}


def statistics_of(graph):
    degrees = [d for _, d in graph.degree]
    return {
        "edges": graph.number_of_edges(),
        "greatest_degree": max(degrees),
        "degrees_squared": sum(d * d for d in degrees),
        "leaves": degrees.count(1),
        "triangles": sum(nx.triangles(graph).values()) // 3,
        "connected": int(nx.is_connected(graph)),
    }


if __name__ == "__main__":
    settings = {}
    for text, draw in SETTINGS.items():
        graphs = [statistics_of(draw(seed)) for seed in range(GRAPHS)]
        settings[text] = {}
        for name in graphs[0]:
            values = [graph[name] for graph in graphs]
            settings[text][name] = {"mean": statistics.fmean(values), "deviation": statistics.pstdev(values)}
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "expected_random_graphs.json"), "w") as f:
        json.dump({"networkx": nx.__version__, "nodes": NODES, "graphs": GRAPHS, "settings": settings}, f, indent=1)
        f.write("\n")
