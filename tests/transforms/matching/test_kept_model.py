"""A kept model, written and read again."""

import numpy as np

from transforms.matching.beliefs import normalize
from transforms.matching.estimation import Chances, Model
from transforms.matching.evidence import tabulate_model
from transforms.matching.fields import field_of
from transforms.matching.kept_model import freeze_model, read_model, write_model


def test_what_the_given_name_tells_is_kept(matching) -> None:
    draw, chances = np.random.default_rng(1), {}
    for name in ("first_name", "sex", "team"):
        field = field_of(name)
        one_group = np.zeros(len(field.levels), np.int64)
        match, stranger = (normalize(draw.random(len(field.levels)), one_group) for _ in range(2))
        chances[name] = Chances(field, match, stranger, 0.1, 0.1, match * 9, {}, name == "sex")
    model = Model(chances, {"match": 3.0, "home": 1.0, "office": 1.0, "namesake": 1.0, "junior": 1.0}, 50.0)
    values = matching.values([{"id": "c1", "first_name": "Ann"}])
    kept = freeze_model(values, matching.reference, tabulate_model(model), {}, frozenset(), 5)
    read = read_model(write_model(kept)).model.chances
    assert {name for name, known in read.items() if known.is_told} == {"sex"}
    for name, known in read.items():
        assert known.shares("namesake").tolist() == chances[name].shares("namesake").tolist()
