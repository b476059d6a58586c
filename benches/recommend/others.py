"""The recommenders of `implicit` on a split: reads what each person saw, writes the first ten of each for each recommender."""

import json
import sys
import time

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy.sparse import csr_matrix

with open(sys.argv[1], encoding="utf-8") as file:
    people = json.load(file)
items = sorted({item for seen in people for item in seen})
number = {item: at for at, item in enumerate(items)}
rows = [at for at, seen in enumerate(people) for _ in seen]
columns = [number[item] for seen in people for item in seen]
matrix = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(people), len(items)))

told = {}
for name, model in {
    "implicit cosine": CosineRecommender(K=50),
    "implicit BM25": BM25Recommender(K=50),
    "implicit ALS": AlternatingLeastSquares(factors=64, iterations=15, random_state=7),
}.items():
    started = time.monotonic()
    model.fit(matrix, show_progress=False)
    seconds = time.monotonic() - started
    found, _ = model.recommend(np.arange(len(people)), matrix, N=10, filter_already_liked_items=True)
    told[name] = {"lists": [[items[at] if at >= 0 else "" for at in row] for row in found], "s": seconds}
print(json.dumps(told))
